/** What the page says in Russian. */
export const texts = {
  title: 'Кластер на этой машине',
  intro:
    'Три узла набора реплик, два шлюза и демонстрационный сайт. Остановите или заморозьте любой из них и посмотрите на виджет на сайте: подтверждённое не теряется никогда.',
  site: 'Демонстрационный сайт партнёра',
  gateways:
    'Сайт знает только первый шлюз. Второй работает с теми же данными: откройте его своим клиентом или предоставьте это тестам.',
  /** @param {string} name */
  primary: (name) => `Первичный узел: ${name}`,
  noPrimary: 'Первичного узла нет: идут выборы, ответы ждут.',
  part: 'Часть',
  address: 'Адрес',
  process: 'Процесс',
  state: 'Состояние',
  actions: 'Действия',
  /** @type {Record<string, string>} */
  states: {
    primary: 'первичный',
    secondary: 'вторичный',
    starting: 'запускается',
    running: 'работает',
    frozen: 'заморожен',
    dead: 'не работает',
  },
  /** @type {Record<string, string>} */
  acts: {
    start: 'Запустить',
    restart: 'Перезапустить',
    kill: 'Убить',
    freeze: 'Заморозить',
    thaw: 'Разморозить',
    'step-down': 'Сложить полномочия',
  },
  /** @param {string} act @param {string} part */
  actOn: (act, part) => `${act}: ${part}`,
  gone: 'Команда завершилась или не отвечает.',
};
