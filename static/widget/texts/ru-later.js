/** The Russian texts after the first question, or of few tests only. The other languages have the same keys. */

/** @typedef {typeof import('./ru.js').of} Of */

/** @param {Of} of @param {number} seconds */
function time(of, seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return [
    minutes && of(minutes, 'минута', 'минуты', 'минут'),
    (rest || !minutes) && of(rest, 'секунда', 'секунды', 'секунд'),
  ].filter(Boolean).join(' ');
}

/**
 * It imports nothing: Firefox remembers modules that failed, and `ru.js` may have come at another address.
 *
 * @param {Of} of
 */
export const texts = (of) => ({
  refused: 'Этот ответ не удалось принять. Пожалуйста, выберите его ещё раз.',
  again: 'Пройти ещё раз',
  waiting: 'Сохраняем ваши ответы',
  waitingForNetwork: 'Ждём связи с сервером',
  waitingText: 'Обычно это занимает мгновение. Пожалуйста, не закрывайте страницу.',
  waitingOffline: 'Ответы хранятся в этой вкладке и отправятся, как только связь восстановится. Пожалуйста, не закрывайте вкладку.',
  pause: 'Небольшая пауза',
  pauseText: (/** @type {number} */ done) =>
    `Вы ответили на ${of(done, 'вопрос', 'вопроса', 'вопросов')}, и все ответы сохранены.`,
  pauseLeft: (/** @type {number} */ left) =>
    `Впереди ещё ${of(left, 'вопрос', 'вопроса', 'вопросов')}. Тест продолжится сам, как только будет подтверждена оплата.`,
  check: 'Проверить оплату',
  pay: 'Перейти к оплате',
  payPrice: (/** @type {string} */ price) => `Оплатить ${price}`,
  stay: (/** @type {number} */ n) => `Нет связи. Не закрывайте: ${of(n, 'ответ ждёт', 'ответа ждут', 'ответов ждут')}`,
  finished: 'Тест пройден',
  finishedText: 'Спасибо! Все ваши ответы сохранены.',
  report: 'Ваш результат',
  openReport: 'Открыть результат в отдельном окне',
  retry: 'Попробовать сейчас',
  trouble: {
    taken: ['Тест открыт в другом окне', 'Вы можете продолжить здесь. Тогда в другом окне тест остановится, а ответы сохранятся.'],
    token: ['Нужно обновить доступ', 'Мы попросили эту страницу о новом доступе к тесту. Обычно это занимает несколько секунд.'],
    stop: ['Что-то пошло не так', 'Попробуйте, пожалуйста, ещё раз или обновите страницу.'],
    test_not_found: ['Тест не найден', 'Возможно, его убрали или в адресе ошибка. Пожалуйста, сообщите об этом владельцам сайта.'],
    blocked: ['Тест недоступен на этой странице', 'Пожалуйста, сообщите об этом владельцам сайта: им нужно проверить настройки виджета.'],
    session_not_found: ['Эту попытку уже не продолжить', 'Она завершена или устарела. Вы можете пройти тест заново.'],
    answers_unusable: ['Сохранённые ответы не подходят', 'Они больше не соответствуют этому тесту. Вы можете пройти тест заново.'],
    unsupported_question: ['Этот вопрос не удаётся показать', 'Обновите, пожалуйста, страницу. Если не поможет, сообщите об этом владельцам сайта.'],
  },
  timer: 'Осталось времени',
  timeLeft: (/** @type {number} */ seconds) => `Осталось времени: ${time(of, seconds)}`,
  timeUp: 'Время на предыдущий вопрос вышло.',
  image: 'Изображение к вопросу',
  scale: 'Отметьте, что вам ближе',
  scaleStep: (/** @type {number} */ n, /** @type {number} */ of) => `Ступень ${n} из ${of}`,
  scaleMiddle: 'Посередине',
  scaleLeaning: (/** @type {string} */ text) => `Скорее: ${text}`,
  /** @param {number} count 0 for any */
  chooseSome: (count) => (count ? `Выберите ${of(count, 'вариант', 'варианта', 'вариантов')}` : 'Выберите один или несколько вариантов'),
  chooseMore: (/** @type {number} */ n) => `Выберите ещё ${of(n, 'вариант', 'варианта', 'вариантов')}`,
  chosen: (/** @type {number} */ n, /** @type {number} */ count) => (count ? `Выбрано ${n} из ${count}` : `Выбрано: ${n}`),
  untick: 'Чтобы заменить, снимите отметку',
  /** @param {number} n 0 for the only one */
  field: (n) => (n ? `Ответ ${n}` : 'Ваш ответ'),
  /** @param {string[]} names none for the only field */
  fillIn: (names) => (names.length ? `Пожалуйста, заполните: ${names.join(', ')}` : 'Пожалуйста, напишите ответ'),
  notNumber: (/** @type {string} */ name) => `Здесь нужно число: ${name}`,
  tooLong: (/** @type {number} */ n) => `Не больше 2000 знаков, пожалуйста: сейчас на ${of(n, 'знак', 'знака', 'знаков')} больше`,
  rank: 'Поставьте самое важное наверх: перетащите за точки, нажимайте кнопки или клавиши со стрелками. Если порядок уже верный, просто идите дальше.',
  place: (/** @type {string} */ name, /** @type {number} */ n, /** @type {number} */ of) => `${name}: место ${n} из ${of}`,
  moveUp: (/** @type {string} */ name) => `Выше: ${name}`,
  moveDown: (/** @type {string} */ name) => `Ниже: ${name}`,
  takeOver: 'Продолжить здесь',
});
