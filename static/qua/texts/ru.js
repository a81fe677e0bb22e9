/** What the page says in Russian. */
const rules = new Intl.PluralRules('ru');
const dates = new Intl.DateTimeFormat('ru', { dateStyle: 'long' });
/** @type {Record<string, string>} */
const results = { one: 'результат', few: 'результата', many: 'результатов', other: 'результата' };
/** @type {Record<string, string>} */
const suggestions = { one: 'подсказка', few: 'подсказки', many: 'подсказок', other: 'подсказки' };

/** @type {typeof import('./en.js').texts} */
export const texts = {
  title: 'Вопросы и ответы',
  signIn: 'Войти',
  signOut: 'Выйти',
  username: 'Имя пользователя',
  password: 'Пароль',
  wrong: 'Имя или пароль не подходят.',
  again: 'Время входа истекло. Войдите, пожалуйста, снова.',
  search: 'Поиск',
  suggestions: 'Подсказки',
  suggested: (n) => `${n} ${suggestions[rules.select(n)]}, выбор стрелками`,
  opensQuestion: 'откроется вопрос',
  hint: 'Спрашивайте своими словами: слова находятся в любой форме, по-русски и по-английски.',
  results: 'Результаты',
  searching: 'Ищем…',
  found: (n) => `${n.toLocaleString('ru')} ${results[rules.select(n)]}`,
  nothing: (query) => `По запросу «${query}» ничего не нашлось.`,
  advice: 'Попробуйте меньше слов или другие слова.',
  showing: 'Показаны результаты по запросу',
  instead: 'Искать именно',
  maybe: 'Возможно, вы имели в виду',
  more: 'Показать ещё',
  newTab: 'откроется в новой вкладке',
  keywords: 'Ключевые слова',
  back: 'Назад к результатам',
  toSearch: 'К поиску',
  loading: 'Загружаем…',
  noAnswer: 'На этот вопрос пока никто не ответил.',
  answered: (name, at) => `Ответ: ${name}, ${dates.format(at)}`,
  asked: (name, at) => `Вопрос: ${name}, ${dates.format(at)}`,
  gone: 'Такого вопроса нет, или уже нет.',
  offline: 'Сервер недоступен.',
  busy: (seconds) => `Слишком много запросов. Попробуйте через ${seconds} с.`,
  failed: 'Что-то пошло не так.',
  retry: 'Попробовать ещё раз',
};
