/** The Azerbaijani texts after the first question, or of few tests only. */

/** @typedef {typeof import('./az.js').of} Of */

/** @param {Of} of @param {number} seconds */
function time(of, seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return [minutes && of(minutes, 'dəqiqə'), (rest || !minutes) && of(rest, 'saniyə')].filter(Boolean).join(' ');
}

/**
 * It imports nothing: Firefox remembers modules that failed, and `az.js` may have come at another address.
 *
 * @param {Of} of @returns {LaterTexts}
 */
export const texts = (of) => ({
  refused: 'Bu cavabı qəbul etmək mümkün olmadı. Zəhmət olmasa, onu yenidən seçin.',
  again: 'Testi yenidən keç',
  waiting: 'Cavablarınız yadda saxlanılır',
  waitingForNetwork: 'Bağlantı gözlənilir',
  waitingText: 'Adətən bu, bir an çəkir. Zəhmət olmasa, səhifəni bağlamayın.',
  waitingOffline: 'Cavablarınız bu vərəqdə saxlanılır və bağlantı bərpa olunan kimi göndəriləcək. Zəhmət olmasa, vərəqi bağlamayın.',
  pause: 'Qısa fasilə',
  pauseText: (done) => `Siz ${of(done, 'suala')} cavab verdiniz və bütün cavablar yadda saxlanıldı.`,
  pauseLeft: (left) => `Qarşıda daha ${of(left, 'sual')} var. Ödəniş təsdiqlənən kimi test özü davam edəcək.`,
  check: 'Ödənişi yoxla',
  pay: 'Ödənişə keç',
  payPrice: (price) => `${price} ödə`,
  stay: (n) => `Bağlantı yoxdur. Səhifəni bağlamayın: ${of(n, 'cavab')} gözləyir`,
  finished: 'Test tamamlandı',
  finishedText: 'Təşəkkür edirik! Bütün cavablarınız yadda saxlanıldı.',
  report: 'Nəticəniz',
  openReport: 'Nəticəni ayrıca pəncərədə aç',
  retry: 'İndi cəhd et',
  trouble: {
    taken: ['Test başqa pəncərədə açıqdır', 'Burada davam edə bilərsiniz. Onda test o biri pəncərədə dayanacaq, cavablarınız isə saxlanılacaq.'],
    token: ['Girişi yeniləmək lazımdır', 'Bu səhifədən testə yeni giriş istədik. Adətən bu, bir neçə saniyə çəkir.'],
    stop: ['Nəsə alınmadı', 'Zəhmət olmasa, yenidən cəhd edin və ya səhifəni yeniləyin.'],
    test_not_found: ['Test tapılmadı', 'Ola bilsin, o silinib və ya ünvanda səhv var. Zəhmət olmasa, saytın sahiblərinə bildirin.'],
    blocked: ['Test bu səhifədə əlçatan deyil', 'Zəhmət olmasa, saytın sahiblərinə bildirin: vidcetin parametrləri yoxlanılmalıdır.'],
    session_not_found: ['Bu cəhdi davam etdirmək olmur', 'O başa çatıb və ya köhnəlib. Testi yenidən keçə bilərsiniz.'],
    answers_unusable: ['Saxlanılmış cavablar yararsızdır', 'Onlar artıq bu testə uyğun gəlmir. Testi yenidən keçə bilərsiniz.'],
    unsupported_question: ['Bu sualı göstərmək mümkün deyil', 'Zəhmət olmasa, səhifəni yeniləyin. Kömək etməsə, saytın sahiblərinə bildirin.'],
  },
  timer: 'Qalan vaxt',
  timeLeft: (seconds) => `Qalan vaxt: ${time(of, seconds)}`,
  timeUp: 'Əvvəlki sualın vaxtı bitdi.',
  image: 'Sualın şəkli',
  scale: 'Sizə daha yaxın olanı qeyd edin',
  scaleStep: (n, of) => `Pillə ${n} / ${of}`,
  scaleMiddle: 'Ortada',
  scaleLeaning: (text) => `Daha çox: ${text}`,
  chooseSome: (count) => (count ? `${of(count, 'variant')} seçin` : 'Bir və ya bir neçə variant seçin'),
  chooseMore: (n) => `Daha ${of(n, 'variant')} seçin`,
  chosen: (n, count) => (count ? `Seçilib: ${n} / ${count}` : `Seçilib: ${n}`),
  untick: 'Dəyişmək üçün birinin işarəsini götürün',
  field: (n) => (n ? `Cavab ${n}` : 'Cavabınız'),
  fillIn: (names) => (names.length ? `Zəhmət olmasa, doldurun: ${names.join(', ')}` : 'Zəhmət olmasa, cavabınızı yazın'),
  notNumber: (name) => `Burada ədəd lazımdır: ${name}`,
  tooLong: (n) => `Ən çoxu 2000 simvol yazmaq olar: ${of(n, 'simvol')} artıqdır`,
  rank: 'Ən vacibini yuxarı qoyun: nöqtələrdən tutub çəkin, düymələrdən və ya klaviaturanın oxlarından istifadə edin. Sıra artıq düzgündürsə, sadəcə davam edin.',
  place: (name, n, of) => `${name}: yer ${n} / ${of}`,
  moveUp: (name) => `Yuxarı: ${name}`,
  moveDown: (name) => `Aşağı: ${name}`,
  takeOver: 'Burada davam et',
});
