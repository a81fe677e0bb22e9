/** What the widget says later, in English. */
import { of } from './en.js';

/** @type {LaterTexts} */
export const texts = {
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
  finished: 'Test completed',
  finishedText: 'Thank you! All your answers are saved.',
  retry: 'Try now',
  trouble: {
    network: ['The server can’t be reached', 'Please check your internet connection. We keep trying, too.'],
    taken: ['The test is open in another window', 'You can continue here. The test will then stop in the other window, and your answers will be kept.'],
    token: ['Your access needs renewing', 'We have asked this page for new access to the test. It usually takes a few seconds.'],
    stop: ['Something went wrong', 'Please try again or reload the page.'],
    test_not_found: ['Test not found', 'It may have been removed, or the address may be wrong. Please tell the owners of this site.'],
    blocked: ['The test is not available on this page', 'Please tell the owners of this site: the widget’s settings need checking.'],
    session_not_found: ['This attempt can’t be continued', 'It has ended or is too old. You can take the test anew.'],
    unsupported_question: ['This question can’t be shown', 'Please reload the page. If that does not help, tell the owners of this site.'],
  },
  takeOver: 'Continue here',
};
