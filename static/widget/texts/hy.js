/** The Armenian texts up to the first question. */

const { format } = new Intl.NumberFormat('hy');

/** Armenian counts in the singular. @param {number} n @param {string} noun */
export function of(n, noun) {
  return `${format(n)}\u00a0${noun}`;
}

/** @type {FirstTexts} */
export const texts = {
  lang: 'hy',
  start: 'Սկսել թեստը',
  resume: 'Շարունակել',
  restart: 'Սկսել նորից',
  length: (n) => of(n, 'հարց'),
  duration: (n) => `մոտ ${of(n, 'րոպե')}`,
  payment: (n) => `վճարում ${of(n, 'հարցից')} հետո`,
  authors: (names) => `${names.length > 1 ? 'Հեղինակներ' : 'Հեղինակ'}՝ ${names.join(', ')}`,
  instruction: 'Ցուցումներ',
  begin: 'Անցնել հարցերին',
  position: (n, of) => `Հարց ${n}՝ ${of}-ից`,
  progress: 'Թեստի ընթացքը',
  back: 'Հետ',
  next: 'Հաջորդը',
  skip: 'Բաց թողնել',
  finish: 'Ավարտել',
  autoAdvance: 'Միանգամից անցնել առաջ',
  autoAdvanceHint: 'Սեղմումը, բացատը կամ Enter ստեղնը ընտրում է պատասխանը և բացում հաջորդ հարցը։ Սլաքներով ստեղները միայն փոխում են ընտրությունը։',
  autoAdvanceOff: 'Այսուհետ հաջորդ հարցը բացում է «Հաջորդը» կոճակը։',
  choose: 'Շարունակելու համար խնդրում ենք ընտրել պատասխան։',
  variant: (n) => `Տարբերակ ${n}`,
  saved: 'Պահպանված է',
  saving: 'Պահպանվում է…',
  offline: (n) => (n ? `Կապ չկա։ Սպասում է ուղարկման՝ ${of(n, 'պատասխան')}` : 'Կապ չկա'),
  loading: 'Թեստը բեռնվում է…',
  sandbox: 'Փորձնական միջավայր՝ միայն փորձերի համար',
  unreachable: ['Չի հաջողվում կապվել սերվերի հետ', 'Խնդրում ենք ստուգել ինտերնետ կապը։ Մենք ևս շարունակում ենք փորձել։'],
};
