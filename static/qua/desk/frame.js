/** What all views of the desk share: their frame, their navigation, and how faults are told. */
import { ApiError } from '../api.js';
import { h } from '../dom.js';
import { told } from '../results.js';
import { t as page } from '../texts.js';
import { t } from './texts.js';

/** @typedef {import('./calls.js').Me} Me */
/**
 * What a view is made with. `go` opens another address of the page, `who` tells the signed-in user, and `drafts` keeps what
 * was typed by address, so that it outlives leaving the form and a sign-in that ends.
 *
 * @typedef {{ parameters: URLSearchParams, signal: AbortSignal, go: (address: string) => void, who: () => Promise<Me>,
 *   onSignedOut: () => void, drafts: Map<string, any> }} Context
 */

/** @param {string} desk the view @param {Record<string, string | number>} [parameters] @returns {string} its address */
export function deskAddress(desk, parameters = {}) {
  const all = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
  return `/qua/?${new URLSearchParams([['desk', desk], ...all])}`;
}

/** @param {number} id @returns {string} the address of a question */
export function questionAddress(id) {
  return `/qua/?question=${id}`;
}

/** A link to another view, which opens without loading the page again. @param {string} href @param {string} text @param {import('../dom.js').Attributes} [attributes] */
export function inside(href, text, attributes = {}) {
  return h('a', { href, 'data-inside': '', ...attributes }, text);
}

/** @param {import('../api.js').Author} author */
export function nameOf({ first_name: first, last_name: last, username }) {
  return `${first} ${last}`.trim() || username;
}

/** @param {string} current @param {Me} me */
export function deskNavigation(current, me) {
  const views = Object.entries({
    unanswered: t.unanswered,
    ...(me.editor && { searches: t.searches }),
    archive: t.archive,
    pages: t.pages,
    ...(me.editor && { synonyms: t.synonyms }),
  });
  return h(
    'nav', { class: 'desk', 'aria-label': t.desk },
    h('ul', {}, ...views.map(([view, name]) => h(
      'li', {}, inside(deskAddress(view), name, { 'aria-current': view === current && 'page' }),
    ))),
  );
}

/**
 * Tells of a fault where it happened. A sign-in that has ended leads to the form.
 *
 * @param {unknown} error
 * @param {HTMLElement} fault an element with the role `alert`
 * @param {Context} context
 */
export function tell(error, fault, { signal, onSignedOut }) {
  if (signal.aborted) return;
  if (error instanceof ApiError && error.status === 401) onSignedOut();
  else fault.textContent = error instanceof ApiError && error.status === 403 ? t.forbidden : told(error);
}

/**
 * Makes a view that has to load something first. Its heading takes the focus.
 *
 * @param {string} title
 * @param {Context} context
 * @param {() => Promise<(Node | false)[]>} fill
 * @returns {HTMLElement}
 */
export function deskView(title, context, fill) {
  const heading = h('h1', { tabindex: -1 }, title);
  const place = h('div', { class: 'desk-place' }, h('p', { class: 'muted' }, page.loading));
  const load = async () => {
    try {
      place.replaceChildren(...(await fill()).filter((node) => node instanceof Node));
    } catch (error) {
      if (context.signal.aborted) return;
      const fault = h('p', { class: 'fault', role: 'alert' });
      const retry = h('button', { type: 'button' }, page.retry);
      retry.addEventListener('click', load);
      place.replaceChildren(fault, retry);
      if (error instanceof ApiError && error.status === 404) fault.textContent = page.gone;
      else tell(error, fault, context);
    }
  };
  document.title = `${title} – QUA`;
  load();
  queueMicrotask(() => heading.focus());
  return h('main', { class: 'wide' }, heading, place);
}

/** Makes a button that does one thing at a time. @param {string} text @param {() => Promise<void>} act @param {import('../dom.js').Attributes} [attributes] */
export function actionButton(text, act, attributes = {}) {
  const button = h('button', { type: 'button', ...attributes }, text);
  button.addEventListener('click', async () => {
    // A disabled button would lose the focus.
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    try {
      await act();
    } finally {
      button.removeAttribute('aria-disabled');
    }
  });
  return button;
}
