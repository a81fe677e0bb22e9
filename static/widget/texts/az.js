/** The Azerbaijani texts up to the first question. */

const { format } = new Intl.NumberFormat('az');

/** Azerbaijani counts in the singular. @param {number} n @param {string} noun */
export function of(n, noun) {
  return `${format(n)}\u00a0${noun}`;
}

/** @type {FirstTexts} */
export const texts = {
  lang: 'az',
  start: 'Testə başla',
  resume: 'Davam et',
  restart: 'Yenidən başla',
  length: (n) => of(n, 'sual'),
  duration: (n) => `təxminən ${of(n, 'dəqiqə')}`,
  payment: (n) => `ödəniş ${of(n, 'sualdan')} sonra`,
  authors: (names) => `${names.length > 1 ? 'Müəlliflər' : 'Müəllif'}: ${names.join(', ')}`,
  instruction: 'Təlimat',
  begin: 'Suallara keç',
  position: (n, of) => `Sual ${n} / ${of}`,
  progress: 'Testin gedişi',
  back: 'Geri',
  next: 'Növbəti',
  skip: 'Ötür',
  finish: 'Bitir',
  autoAdvance: 'Dərhal növbətiyə keç',
  autoAdvanceHint: 'Klik, boşluq və ya Enter düyməsi cavabı seçir və növbəti sualı açır. Ox düymələri yalnız seçimi dəyişir.',
  autoAdvanceOff: 'İndi növbəti sualı “Növbəti” düyməsi açır.',
  choose: 'Davam etmək üçün, zəhmət olmasa, cavab seçin.',
  variant: (n) => `Variant ${n}`,
  saved: 'Yadda saxlanıldı',
  saving: 'Yadda saxlanılır…',
  offline: (n) => (n ? `Bağlantı yoxdur. Göndərilməyi gözləyir: ${of(n, 'cavab')}` : 'Bağlantı yoxdur'),
  loading: 'Test yüklənir…',
  sandbox: 'Sınaq mühiti: yalnız yoxlama üçün',
  unreachable: ['Serverlə əlaqə yoxdur', 'Zəhmət olmasa, internet bağlantınızı yoxlayın. Biz də cəhdləri davam etdiririk.'],
};
