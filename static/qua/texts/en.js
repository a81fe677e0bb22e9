/** What the page says in English. */
const rules = new Intl.PluralRules('en');
const dates = new Intl.DateTimeFormat('en', { dateStyle: 'long' });

export const texts = {
  title: 'Questions and answers',
  signIn: 'Sign in',
  signOut: 'Sign out',
  username: 'User name',
  password: 'Password',
  wrong: 'This name and password do not belong together.',
  again: 'Your sign-in has ended. Please sign in again.',
  search: 'Search',
  suggestions: 'Suggestions',
  /** @param {number} n */
  suggested: (n) => `${n} ${rules.select(n) === 'one' ? 'suggestion' : 'suggestions'}, arrow keys choose`,
  opensQuestion: 'opens the question',
  hint: 'Ask in your own words: any form of a word is found, in Russian and English.',
  results: 'Results',
  searching: 'Searching…',
  /** @param {number} n */
  found: (n) => `${n.toLocaleString('en')} ${rules.select(n) === 'one' ? 'result' : 'results'}`,
  /** @param {string} query */
  nothing: (query) => `Nothing found for “${query}”.`,
  advice: 'Try fewer or other words.',
  showing: 'Showing results for',
  instead: 'Search instead for',
  maybe: 'Maybe you meant',
  more: 'Show more',
  newTab: 'opens in a new tab',
  keywords: 'Keywords',
  back: 'Back to the results',
  toSearch: 'To the search',
  loading: 'Loading…',
  noAnswer: 'Nobody has answered this question yet.',
  /** @param {string} name @param {Date} at */
  answered: (name, at) => `Answered by ${name}, ${dates.format(at)}`,
  /** @param {string} name @param {Date} at */
  asked: (name, at) => `Asked by ${name}, ${dates.format(at)}`,
  gone: 'This question does not exist, or no longer.',
  offline: 'The server can’t be reached.',
  /** @param {number} seconds */
  busy: (seconds) => `Too much at once. Please try again in ${seconds} s.`,
  failed: 'Something went wrong.',
  retry: 'Try again',
};
