/** The English texts up to the first question. */

const rules = new Intl.PluralRules('en');
const { format } = new Intl.NumberFormat('en');

/** @param {number} n @param {string} one @param {string} other */
export function of(n, one, other) {
  return `${format(n)}\u00a0${rules.select(n) === 'one' ? one : other}`;
}

/** @type {FirstTexts} */
export const texts = {
  lang: 'en',
  start: 'Start the test',
  resume: 'Continue',
  restart: 'Start over',
  length: (n) => of(n, 'question', 'questions'),
  duration: (n) => `about ${of(n, 'minute', 'minutes')}`,
  payment: (n) => `payment after ${of(n, 'question', 'questions')}`,
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
  variant: (n) => `Choice ${n}`,
  saved: 'Saved',
  saving: 'Saving…',
  offline: (n) => (n ? `Offline. Waiting to be sent: ${of(n, 'answer', 'answers')}` : 'Offline'),
  loading: 'Loading the test…',
  sandbox: 'Sandbox: for trials only',
  unreachable: ['The server can’t be reached', 'Please check your internet connection. We keep trying, too.'],
};
