/** The English texts after the first question, or of few tests only. */

/** @typedef {typeof import('./en.js').of} Of */

/** @param {Of} of @param {number} seconds */
function time(of, seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return [minutes && of(minutes, 'minute', 'minutes'), (rest || !minutes) && of(rest, 'second', 'seconds')].filter(Boolean).join(' ');
}

/**
 * It imports nothing: Firefox remembers modules that failed, and `en.js` may have come at another address.
 *
 * @param {Of} of @returns {LaterTexts}
 */
export const texts = (of) => ({
  refused: 'This answer could not be accepted. Please choose it again.',
  again: 'Take it again',
  waiting: 'Saving your answers',
  waitingForNetwork: 'Waiting for the connection',
  waitingText: 'This usually takes a moment. Please keep the page open.',
  waitingOffline: 'Your answers are kept in this tab and will be sent as soon as the server can be reached. Please keep the tab open.',
  pause: 'A short pause',
  pauseText: (done) => `You have answered ${of(done, 'question', 'questions')}, and every answer is saved.`,
  pauseLeft: (left) =>
    `There ${left === 1 ? 'is' : 'are'} ${of(left, 'question', 'questions')} to go. The test continues by itself as soon as the payment is confirmed.`,
  check: 'Check the payment',
  pay: 'Go to the payment',
  payPrice: (price) => `Pay ${price}`,
  stay: (n) => `Offline. Keep this page open: ${of(n, 'answer', 'answers')}`,
  finished: 'Test completed',
  finishedText: 'Thank you! All your answers are saved.',
  report: 'Your result',
  openReport: 'Open the result in a window of its own',
  retry: 'Try now',
  trouble: {
    taken: ['The test is open in another window', 'You can continue here. The test will then stop in the other window, and your answers will be kept.'],
    token: ['Your access needs renewing', 'We have asked this page for new access to the test. It usually takes a few seconds.'],
    stop: ['Something went wrong', 'Please try again or reload the page.'],
    test_not_found: ['Test not found', 'It may have been removed, or the address may be wrong. Please tell the owners of this site.'],
    blocked: ['The test is not available on this page', 'Please tell the owners of this site: the widget’s settings need checking.'],
    session_not_found: ['This attempt can’t be continued', 'It has ended or is too old. You can take the test anew.'],
    answers_unusable: ['The saved answers can’t be used', 'They do not fit this test any more. You can take the test anew.'],
    unsupported_question: ['This question can’t be shown', 'Please reload the page. If that does not help, tell the owners of this site.'],
  },
  timer: 'Time left',
  timeLeft: (seconds) => `Time left: ${time(of, seconds)}`,
  timeUp: 'The time for the question before is up.',
  image: 'Picture for the question',
  scale: 'Mark which is closer to you',
  scaleStep: (n, of) => `Step ${n} of ${of}`,
  scaleMiddle: 'In the middle',
  scaleLeaning: (text) => `Rather: ${text}`,
  chooseSome: (count) => (count ? `Choose ${count}` : 'Choose one or more'),
  chooseMore: (n) => `Choose ${n} more`,
  chosen: (n, count) => (count ? `${n} of ${count} chosen` : `${n} chosen`),
  untick: 'To change your choice, untick one',
  field: (n) => (n ? `Answer ${n}` : 'Your answer'),
  fillIn: (names) => (names.length ? `Please fill in: ${names.join(', ')}` : 'Please write your answer'),
  notNumber: (name) => `A number is needed here: ${name}`,
  tooLong: (n) => `At most 2,000 characters, please: ${n} too many`,
  rank: 'Put the most important on top: drag by the dots, use the buttons, or the arrow keys. If the order is right as it is, just go on.',
  place: (name, n, of) => `${name}: place ${n} of ${of}`,
  moveUp: (name) => `Move up: ${name}`,
  moveDown: (name) => `Move down: ${name}`,
  takeOver: 'Continue here',
});
