/**
 * The page: shows the sign-in form, the search, a question, or a view of the editor's desk. The address contains the query,
 * the question and the view, so that reloading, going back and sending a link work. It does not contain the parameters that
 * a click is counted by.
 */
import { me } from './desk/calls.js';
import { viewOfDesk } from './desk/desk.js';
import { deskAddress, inside } from './desk/frame.js';
import { homeShelves } from './desk/home.js';
import { t as deskTexts } from './desk/texts.js';
import { h } from './dom.js';
import { questionView } from './question.js';
import { SearchView } from './search.js';
import { keep, token } from './token.js';
import { signInForm } from './sign-in.js';
import { language, t } from './texts.js';

/** @typedef {import('./api.js').UrlParams} UrlParams */
/** @typedef {{ query: string, exact?: boolean, question?: number }} View */

const PATH = '/qua/';

/** @returns {View} */
function viewOfAddress() {
  const parameters = new URLSearchParams(location.search);
  const question = Number(parameters.get('question'));
  return {
    query: parameters.get('query') ?? '',
    exact: parameters.has('exact'),
    ...(Number.isSafeInteger(question) && question > 0 && { question }),
  };
}

/** @param {View} view */
function address({ query, exact, question }) {
  const parameters = new URLSearchParams();
  if (query) parameters.set('query', query);
  if (exact) parameters.set('exact', '1');
  if (question) parameters.set('question', String(question));
  return parameters.size ? `${PATH}?${parameters}` : PATH;
}

/** @param {string} query */
function titleOf(query) {
  return query ? `${query} – ${t.title}` : t.title;
}

/** Aborts the calls of a view when that is left. */
let left = new AbortController();
/** The signed-in user, once asked for. @type {Promise<import('./desk/calls.js').Me> | null} */
let signedIn = null;
/** What was typed into forms and not saved, by the user and the address of the form. @type {Map<string, any>} */
const drafts = new Map();
let results = newSearch();

function newSearch() {
  return new SearchView({
    address,
    onAsk({ query, exact }) {
      // Typing changes the address without a new entry in the history.
      history.replaceState(null, '', address({ query, exact }));
      document.title = titleOf(query);
    },
    onOpen(question, from) {
      history.pushState({ from, opened: true }, '', address({ ...viewOfAddress(), question }));
      show();
    },
    onSignedOut: () => showSignIn(true),
    idle: () => homeShelves(left.signal),
  });
}

/** @returns {import('./desk/frame.js').Context} */
function context() {
  return {
    parameters: new URLSearchParams(location.search),
    signal: left.signal,
    drafts,
    go(there) {
      history.pushState({ opened: true }, '', there);
      show();
    },
    who() {
      // A failure is not kept, so that the next try asks again.
      signedIn ??= me().catch((error) => {
        signedIn = null;
        throw error;
      });
      return signedIn;
    },
    onSignedOut: () => showSignIn(true),
  };
}

/** @param {HTMLElement} main */
function put(main) {
  const out = h('button', { type: 'button', class: 'quiet' }, t.signOut);
  out.addEventListener('click', () => showSignIn(false));
  const header = h(
    'header', {},
    h('a', { href: PATH, class: 'home' }, 'QUA'),
    token() !== null && h(
      'nav', { class: 'main', 'aria-label': t.title },
      inside(deskAddress('ask'), deskTexts.askShort),
      inside(deskAddress('unanswered'), deskTexts.desk),
      out,
    ),
  );
  document.body.replaceChildren(header, main);
}

/** @param {boolean} ended the sign-in has ended by itself, not by the button */
function showSignIn(ended) {
  left.abort();
  keep(null);
  signedIn = null;
  if (!ended) drafts.clear();
  results = newSearch(); // The next person must not see what the last one found.
  if (!ended) history.replaceState(null, '', PATH);
  document.title = t.title;
  put(signInForm({
    ended,
    onToken(issued) {
      keep(issued);
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
  const desk = new URLSearchParams(location.search).get('desk');
  const main = desk === null ? null : viewOfDesk(desk, context());
  if (main) {
    shown = undefined;
    return put(main);
  }
  const view = viewOfAddress();
  if (!view.question) {
    put(results.element);
    results.focus(closed);
    document.title = titleOf(view.query);
    const asked = results.ask({ query: view.query, exact: view.exact ?? false });
    // After a reload the opened hit appears only now. If the visitor has typed meanwhile, the focus stays in the field.
    if (closed) asked.then(() => view.query === viewOfAddress().query && results.focus(closed));
    return;
  }
  /** @type {{ from?: UrlParams, opened?: boolean }} */
  const { from, opened } = history.state ?? {};
  // The parameters are removed, so that a reload does not count as another click.
  history.replaceState({ opened }, '');
  put(questionView({
    id: view.question,
    from,
    backAddress: address({ ...view, question: undefined }),
    hasResults: view.query !== '',
    context: context(),
    onBack() {
      if (opened) return history.back();
      history.pushState(null, '', address({ ...view, question: undefined }));
      show(view.question);
    },
  }));
  shown = view.question;
}

/** @type {number | undefined} */
let shown;

document.documentElement.lang = language;
addEventListener('popstate', () => show(shown));
addEventListener('beforeunload', (event) => drafts.size > 0 && event.preventDefault());
addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-inside]') : null;
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  context().go(link.getAttribute('href') ?? PATH);
});
addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey || !results.element.isConnected) return;
  event.preventDefault();
  results.focus();
});
show();
