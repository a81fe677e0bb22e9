/**
 * The search page: who it shows what. The address tells the query and the question, so that reloading, going back and
 * sending a link work; what a click is counted by is no part of it.
 */
import { h } from './dom.js';
import { questionView } from './question.js';
import { SearchView } from './search.js';
import { keep, token } from './session.js';
import { signInForm } from './sign-in.js';
import { language, t } from './texts.js';

/** @typedef {import('./api.js').UrlParams} UrlParams */
/** @typedef {{ query: string, exact?: boolean, question?: number }} View */

const PATH = '/qua/';

/** @returns {View} */
function viewOfAddress() {
  const given = new URLSearchParams(location.search);
  const question = Number(given.get('question'));
  return {
    query: given.get('query') ?? '',
    exact: given.has('exact'),
    ...(Number.isSafeInteger(question) && question > 0 && { question }),
  };
}

/** @param {View} view */
function address({ query, exact, question }) {
  const given = new URLSearchParams();
  if (query) given.set('query', query);
  if (exact) given.set('exact', '1');
  if (question) given.set('question', String(question));
  return given.size ? `${PATH}?${given}` : PATH;
}

/** @param {string} query */
function titleOf(query) {
  return query ? `${query} – ${t.title}` : t.title;
}

/** Ends what the view before has asked for. */
let left = new AbortController();
let results = newSearch();

function newSearch() {
  return new SearchView({
    address,
    onAsk({ query, exact }) {
      // What is typed changes the address, but is no page to go back to.
      history.replaceState(null, '', address({ query, exact }));
      document.title = titleOf(query);
    },
    onOpen(question, from) {
      history.pushState({ from, opened: true }, '', address({ ...viewOfAddress(), question }));
      show();
    },
    onSignedOut: () => showSignIn(true),
  });
}

/** @param {HTMLElement} main */
function put(main) {
  const out = h('button', { type: 'button', class: 'quiet' }, t.signOut);
  out.addEventListener('click', () => showSignIn(false));
  const header = h('header', {}, h('a', { href: PATH, class: 'home' }, 'QUA'), token() !== null && out);
  document.body.replaceChildren(header, main);
}

/** @param {boolean} ended */
function showSignIn(ended) {
  left.abort();
  keep(null);
  results = newSearch(); // of what one person found the next one sees nothing
  if (!ended) history.replaceState(null, '', PATH);
  document.title = t.title;
  put(signInForm({
    ended,
    onToken(given) {
      keep(given);
      show();
    },
  }));
  document.querySelector('input')?.focus();
}

/** @param {number} [closed] the question that was shown before */
function show(closed) {
  left.abort();
  left = new AbortController();
  if (token() === null) return showSignIn(false);
  const view = viewOfAddress();
  if (!view.question) {
    put(results.element);
    results.focus(closed);
    document.title = titleOf(view.query);
    const asked = results.ask({ query: view.query, exact: view.exact ?? false });
    // After a reload the hit that was opened is there only now; who types meanwhile stays in the field.
    if (closed) asked.then(() => view.query === viewOfAddress().query && results.focus(closed));
    return;
  }
  /** @type {{ from?: UrlParams, opened?: boolean }} */
  const { from, opened } = history.state ?? {};
  // Counted once: a reload is no second click.
  history.replaceState({ opened }, '');
  put(questionView({
    id: view.question,
    from,
    backAddress: address({ ...view, question: undefined }),
    hasResults: view.query !== '',
    signal: left.signal,
    onBack() {
      if (opened) return history.back();
      history.pushState(null, '', address({ ...view, question: undefined }));
      show(view.question);
    },
    onSignedOut: () => showSignIn(true),
  }));
  shown = view.question;
}

/** @type {number | undefined} */
let shown;

document.documentElement.lang = language;
addEventListener('popstate', () => show(shown));
addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLInputElement;
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey || !results.element.isConnected) return;
  event.preventDefault();
  results.focus();
});
show();
