/** The widget's events by the names that the frameworks' components give them. */

export const EVENTS = {
  ready: 'test-widget:ready',
  start: 'test-widget:start',
  answer: 'test-widget:answer',
  saved: 'test-widget:saved',
  connection: 'test-widget:connection',
  pause: 'test-widget:pause',
  resumed: 'test-widget:resumed',
  finish: 'test-widget:finish',
  tokenNeeded: 'test-widget:token-needed',
  loadFailed: 'test-widget:load-failed',
  error: 'test-widget:error',
};
