/** The Kazakh texts up to the first question. */

const { format } = new Intl.NumberFormat('kk');

/** Kazakh counts in the singular. @param {number} n @param {string} noun */
export function of(n, noun) {
  return `${format(n)}\u00a0${noun}`;
}

/** @type {FirstTexts} */
export const texts = {
  lang: 'kk',
  start: 'Тестті бастау',
  resume: 'Жалғастыру',
  restart: 'Қайта бастау',
  length: (n) => of(n, 'сұрақ'),
  duration: (n) => `шамамен ${of(n, 'минут')}`,
  payment: (n) => `төлем ${of(n, 'сұрақтан')} кейін`,
  authors: (names) => `${names.length > 1 ? 'Авторлар' : 'Автор'}: ${names.join(', ')}`,
  instruction: 'Нұсқаулық',
  begin: 'Сұрақтарға өту',
  position: (n, of) => `${n}-сұрақ, барлығы ${of}`,
  progress: 'Тесттің барысы',
  back: 'Артқа',
  next: 'Келесі',
  skip: 'Өткізіп жіберу',
  finish: 'Аяқтау',
  autoAdvance: 'Келесіге бірден өту',
  autoAdvanceHint: 'Шерту, бос орын немесе Enter пернесі жауапты таңдап, келесі сұрақты ашады. Көрсеткі пернелер тек таңдауды өзгертеді.',
  autoAdvanceOff: 'Енді келесі сұрақты «Келесі» түймесі ашады.',
  choose: 'Жалғастыру үшін жауапты таңдаңыз.',
  variant: (n) => `${n}-нұсқа`,
  saved: 'Сақталды',
  saving: 'Сақталуда…',
  offline: (n) => (n ? `Байланыс жоқ. Жіберуді күтіп тұр: ${of(n, 'жауап')}` : 'Байланыс жоқ'),
  loading: 'Тест жүктелуде…',
  sandbox: 'Сынақ ортасы: тек байқап көру үшін',
  unreachable: ['Сервермен байланысу мүмкін болмады', 'Интернет байланысын тексеріңіз. Біз де әрекетті қайталап жатырмыз.'],
};
