/** The Russian texts up to the first question. The other languages have the same keys. */

const rules = new Intl.PluralRules('ru');
const { format } = new Intl.NumberFormat('ru');

/**
 * @param {number} n
 * @param {string} one 1, 21 …
 * @param {string} few 2 to 4, 22 …; without `many` also all others
 * @param {string} [many]
 */
export function of(n, one, few, many = few) {
  const rule = rules.select(n);
  return `${format(n)}\u00a0${rule === 'one' ? one : rule === 'few' ? few : many}`;
}

export const texts = {
  lang: 'ru',
  start: 'Начать тест',
  resume: 'Продолжить',
  restart: 'Начать заново',
  length: (/** @type {number} */ n) => of(n, 'вопрос', 'вопроса', 'вопросов'),
  duration: (/** @type {number} */ n) => `около ${of(n, 'минуты', 'минут')}`,
  payment: (/** @type {number} */ n) => `оплата после ${of(n, 'вопроса', 'вопросов')}`,
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
  variant: (/** @type {number} */ n) => `Вариант ${n}`,
  saved: 'Сохранено',
  saving: 'Сохраняем…',
  offline: (/** @type {number} */ n) =>
    n
      ? `Нет связи. Ждут отправки: ${of(n, 'ответ', 'ответа', 'ответов')}`
      : 'Нет связи',
  loading: 'Загружаем тест…',
  sandbox: 'Песочница: только для проб',
  unreachable: ['Не удаётся связаться с сервером', 'Проверьте, пожалуйста, подключение к интернету. Мы и сами продолжаем попытки.'],
};
