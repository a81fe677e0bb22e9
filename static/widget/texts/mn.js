/** The Mongolian texts up to the first question. */

const { format } = new Intl.NumberFormat('mn');

/** Mongolian counts in the singular. @param {number} n @param {string} noun */
export function of(n, noun) {
  return `${format(n)}\u00a0${noun}`;
}

/** @type {FirstTexts} */
export const texts = {
  lang: 'mn',
  start: 'Тестийг эхлүүлэх',
  resume: 'Үргэлжлүүлэх',
  restart: 'Дахин эхлүүлэх',
  length: (n) => of(n, 'асуулт'),
  duration: (n) => `ойролцоогоор ${of(n, 'минут')}`,
  payment: (n) => `${of(n, 'асуултын')} дараа төлбөртэй`,
  authors: (names) => `${names.length > 1 ? 'Зохиогчид' : 'Зохиогч'}: ${names.join(', ')}`,
  instruction: 'Заавар',
  begin: 'Асуултууд руу шилжих',
  position: (n, of) => `${n}-р асуулт, нийт ${of}`,
  progress: 'Тестийн явц',
  back: 'Буцах',
  next: 'Дараах',
  skip: 'Алгасах',
  finish: 'Дуусгах',
  autoAdvance: 'Дараагийнх руу шууд шилжих',
  autoAdvanceHint: 'Товшилт, зай эсвэл Enter товч хариултыг сонгож, дараагийн асуултыг нээнэ. Сумтай товчнууд зөвхөн сонголтыг өөрчилнө.',
  autoAdvanceOff: 'Одооноос «Дараах» товч дараагийн асуултыг нээнэ.',
  choose: 'Үргэлжлүүлэхийн тулд хариултаа сонгоно уу.',
  variant: (n) => `${n}-р хувилбар`,
  saved: 'Хадгалсан',
  saving: 'Хадгалж байна…',
  offline: (n) => (n ? `Холболт алга. Илгээхийг хүлээж байна: ${of(n, 'хариулт')}` : 'Холболт алга'),
  loading: 'Тестийг ачаалж байна…',
  sandbox: 'Туршилтын орчин: зөвхөн туршиж үзэхэд',
  unreachable: ['Сервертэй холбогдож чадсангүй', 'Интернэт холболтоо шалгана уу. Бид ч мөн дахин оролдсоор байна.'],
};
