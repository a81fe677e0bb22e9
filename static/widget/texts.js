/** Every word the widget says, in Russian and English. No DOM. */

/**
 * @param {string} locale
 * @returns {(count: number, forms: {one: string, few?: string, many?: string, other: string}) => string}
 */
function plural(locale) {
  const rules = new Intl.PluralRules(locale);
  return (count, forms) => {
    const rule = /** @type {'one' | 'few' | 'many' | 'other'} */ (rules.select(count));
    return `${count}\u00a0${forms[rule] ?? forms.other}`;
  };
}

const ofRu = plural('ru');
const ofEn = plural('en');

const ru = {
  start: 'Начать тест',
  resume: 'Продолжить',
  restart: 'Начать заново',
  again: 'Пройти ещё раз',
  length: (/** @type {number} */ n) => ofRu(n, { one: 'вопрос', few: 'вопроса', many: 'вопросов', other: 'вопроса' }),
  duration: (/** @type {number} */ n) => `около ${ofRu(n, { one: 'минуты', other: 'минут' })}`,
  payment: (/** @type {number} */ n) => `оплата после ${ofRu(n, { one: 'вопроса', other: 'вопросов' })}`,
  authors: (/** @type {string[]} */ names) => `${names.length > 1 ? 'Авторы' : 'Автор'}: ${names.join(', ')}`,
  instruction: 'Инструкция',
  begin: 'Перейти к вопросам',
  position: (/** @type {number} */ n, /** @type {number} */ of) => `Вопрос ${n} из ${of}`,
  progress: 'Пройденная часть теста',
  back: 'Назад',
  next: 'Далее',
  skip: 'Пропустить',
  finish: 'Завершить',
  autoAdvance: 'Сразу переходить дальше',
  autoAdvanceHint: 'Щелчок, пробел или Enter выбирает ответ и открывает следующий вопрос. Стрелки только меняют выбор.',
  autoAdvanceOff: 'Теперь к следующему вопросу ведёт кнопка «Далее».',
  choose: 'Пожалуйста, выберите ответ, чтобы продолжить.',
  refused: 'Этот ответ не удалось принять. Пожалуйста, выберите его ещё раз.',
  timer: 'Осталось времени',
  timeLeft: (/** @type {number} */ n) =>
    `Осталось ${ofRu(n, { one: 'секунда', few: 'секунды', many: 'секунд', other: 'секунды' })}`,
  image: 'Изображение к вопросу',
  variant: (/** @type {number} */ n) => `Вариант ${n}`,
  scale: 'Отметьте, что вам ближе',
  scaleStep: (/** @type {number} */ n, /** @type {number} */ of) => `Ступень ${n} из ${of}`,
  scaleMiddle: 'Посередине',
  scaleLeaning: (/** @type {string} */ text) => `Скорее: ${text}`,
  saved: 'Сохранено',
  saving: 'Сохраняем…',
  offline: (/** @type {number} */ n) =>
    n
      ? `Нет связи. Ждут отправки: ${ofRu(n, { one: 'ответ', few: 'ответа', many: 'ответов', other: 'ответа' })}`
      : 'Нет связи',
  loading: 'Загружаем тест…',
  waiting: 'Сохраняем ваши ответы',
  waitingText: 'Обычно это занимает мгновение. Пожалуйста, не закрывайте страницу.',
  waitingOffline: 'Связь прервалась. Ответы хранятся в этой вкладке и отправятся, как только связь восстановится. Пожалуйста, не закрывайте её.',
  pause: 'Небольшая пауза',
  pauseText: (/** @type {number} */ done) =>
    `Вы ответили на ${ofRu(done, { one: 'вопрос', few: 'вопроса', many: 'вопросов', other: 'вопроса' })}, и все ответы сохранены.`,
  pauseLeft: (/** @type {number} */ left) =>
    `Впереди ещё ${ofRu(left, { one: 'вопрос', few: 'вопроса', many: 'вопросов', other: 'вопроса' })}. Тест продолжится сам, как только будет подтверждена оплата.`,
  check: 'Проверить оплату',
  finished: 'Тест пройден',
  finishedText: 'Спасибо! Все ваши ответы сохранены.',
  retry: 'Попробовать сейчас',
  trouble: {
    network: ['Не удаётся связаться с сервером', 'Проверьте, пожалуйста, подключение к интернету. Мы и сами продолжаем попытки.'],
    taken: ['Тест открыт в другом окне', 'Вы можете продолжить здесь. Тогда в другом окне тест остановится, а ответы сохранятся.'],
    token: ['Нужно обновить доступ', 'Мы попросили эту страницу о новом доступе к тесту. Обычно это занимает несколько секунд.'],
    stop: ['Что-то пошло не так', 'Попробуйте, пожалуйста, ещё раз или обновите страницу.'],
    test_not_found: ['Тест не найден', 'Возможно, его убрали или в адресе ошибка. Пожалуйста, сообщите об этом владельцам сайта.'],
    blocked: ['Тест недоступен на этой странице', 'Пожалуйста, сообщите об этом владельцам сайта: им нужно проверить настройки виджета.'],
    session_not_found: ['Эту попытку уже не продолжить', 'Она завершена или устарела. Вы можете пройти тест заново.'],
    unsupported_question: ['Этот вопрос не удаётся показать', 'Обновите, пожалуйста, страницу. Если не поможет, сообщите об этом владельцам сайта.'],
  },
  takeOver: 'Продолжить здесь',
};

/** @type {typeof ru} */
const en = {
  start: 'Start the test',
  resume: 'Continue',
  restart: 'Start over',
  again: 'Take it again',
  length: (n) => ofEn(n, { one: 'question', other: 'questions' }),
  duration: (n) => `about ${ofEn(n, { one: 'minute', other: 'minutes' })}`,
  payment: (n) => `payment after ${ofEn(n, { one: 'question', other: 'questions' })}`,
  authors: (names) => `${names.length > 1 ? 'Authors' : 'Author'}: ${names.join(', ')}`,
  instruction: 'Instructions',
  begin: 'Go to the questions',
  position: (n, of) => `Question ${n} of ${of}`,
  progress: 'Progress through the test',
  back: 'Back',
  next: 'Next',
  skip: 'Skip',
  finish: 'Finish',
  autoAdvance: 'Go on at once',
  autoAdvanceHint: 'A click, Space or Enter chooses an answer and opens the next question. Arrow keys only change the choice.',
  autoAdvanceOff: 'From now on the “Next” button opens the next question.',
  choose: 'Please choose an answer to go on.',
  refused: 'This answer could not be accepted. Please choose it again.',
  timer: 'Time left',
  timeLeft: (n) => `${ofEn(n, { one: 'second', other: 'seconds' })} left`,
  image: 'Picture for the question',
  variant: (n) => `Choice ${n}`,
  scale: 'Mark which is closer to you',
  scaleStep: (n, of) => `Step ${n} of ${of}`,
  scaleMiddle: 'In the middle',
  scaleLeaning: (text) => `Rather: ${text}`,
  saved: 'Saved',
  saving: 'Saving…',
  offline: (n) => (n ? `Offline. Waiting to be sent: ${ofEn(n, { one: 'answer', other: 'answers' })}` : 'Offline'),
  loading: 'Loading the test…',
  waiting: 'Saving your answers',
  waitingText: 'This usually takes a moment. Please keep the page open.',
  waitingOffline: 'The connection is lost. Your answers are kept in this tab and will be sent as soon as it is back. Please keep it open.',
  pause: 'A short pause',
  pauseText: (done) => `You have answered ${ofEn(done, { one: 'question', other: 'questions' })}, and every answer is saved.`,
  pauseLeft: (left) =>
    `There ${left === 1 ? 'is' : 'are'} ${ofEn(left, { one: 'question', other: 'questions' })} to go. The test continues by itself as soon as the payment is confirmed.`,
  check: 'Check the payment',
  finished: 'Test completed',
  finishedText: 'Thank you! All your answers are saved.',
  retry: 'Try now',
  trouble: {
    network: ['The server can’t be reached', 'Please check your internet connection. We keep trying, too.'],
    taken: ['The test is open in another window', 'You can continue here. The test will then stop in the other window, and your answers will be kept.'],
    token: ['Your access needs renewing', 'We have asked this page for new access to the test. It usually takes a few seconds.'],
    stop: ['Something went wrong', 'Please try again or reload the page.'],
    test_not_found: ['Test not found', 'It may have been removed, or the address may be wrong. Please tell the owners of this site.'],
    blocked: ['The test is not available on this page', 'Please tell the owners of this site: the widget’s settings need checking.'],
    session_not_found: ['This attempt can’t be continued', 'It has ended or is too old. You can take the test anew.'],
    unsupported_question: ['This question can’t be shown', 'Please reload the page. If that does not help, tell the owners of this site.'],
  },
  takeOver: 'Continue here',
};

/**
 * @param {string} locale `ru` or `en`
 */
export function texts(locale) {
  return locale === 'ru' ? ru : en;
}
