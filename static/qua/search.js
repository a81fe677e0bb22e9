/** The search asks while people type, and only shows the answer to the query that is in the field. */
import { ApiError, search } from './api.js';
import { h } from './dom.js';
import { correction, hitItem, nothing, offer, told } from './results.js';
import { Suggestions } from './suggestions.js';
import { t } from './texts.js';

/** @typedef {import('./api.js').Found} Found */
/** @typedef {import('./api.js').UrlParams} UrlParams */
/** @typedef {{ query: string, exact: boolean, typing?: boolean }} Asked `exact` forbids a correction of the query */

/** Milliseconds without typing after which the search asks. */
const PAUSE_MS = 180;
/** Hits on a page. */
const LIMIT = 20;
/** Most characters of a query, as the API allows. */
const MAX_QUERY = 500;

export class SearchView {
  #field = h('input', {
    type: 'search', name: 'query', maxlength: MAX_QUERY, autocomplete: 'off', spellcheck: 'false', enterkeyhint: 'search',
    'aria-label': t.search, placeholder: t.search,
  });
  #suggestions = new Suggestions(this.#field, (picked) => this.#pick(picked));
  #status = h('p', { class: 'status', role: 'status' });
  #place = h('div');
  #list = h('ol', { class: 'hits' });
  #timer = 0;
  /** The running call. Starting another call aborts it. */
  #call = new AbortController();
  /** @type {Asked} */
  #asked = { query: '', exact: false };
  /** @type {Map<number, UrlParams | undefined>} */
  #tracking = new Map();
  #hooks;

  /**
   * @param {{
   *   address: (view: { query: string, exact?: boolean, question?: number }) => string,
   *   onAsk: (asked: Asked) => void,
   *   onOpen: (question: number, from: UrlParams | undefined) => void,
   *   onSignedOut: () => void,
   *   idle: () => Node,
   * }} hooks `idle` makes what is shown while there is no query
   */
  constructor(hooks) {
    this.#hooks = hooks;
    const form = h('form', { role: 'search', class: 'search' }, this.#field, h('button', { class: 'primary' }, t.search));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.ask({ query: this.#field.value, exact: false });
    });
    this.#field.addEventListener('input', (event) => {
      // An input method is still composing a character, so this is no query yet.
      if (/** @type {InputEvent} */ (event).isComposing) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.ask({ query: this.#field.value, exact: false, typing: true }), PAUSE_MS);
      this.#suggestions.ask();
    });
    this.element = h('main', { class: 'wide' }, h('h1', {}, t.title), form, this.#suggestions.element, this.#status, this.#place);
    this.element.addEventListener('keydown', (event) => this.#move(event));
    this.element.addEventListener('click', (event) => this.#click(event));
  }

  /** Shows what is shown while there is no query. */
  #rest() {
    this.#call.abort();
    this.#status.textContent = '';
    this.#list = h('ol', { class: 'hits' });
    this.#place.replaceChildren(h('p', { class: 'muted' }, t.hint), this.#hooks.idle());
  }

  /** @param {number} [question] the question whose hit takes the focus; without it, or such a hit, the field does */
  focus(question) {
    const link = question && this.#list.querySelector(`a[data-question="${question}"]`);
    if (link instanceof HTMLElement) link.focus();
    else this.#field.focus();
  }

  /** @param {Asked} asked nothing is done if it is already shown or asked for */
  async ask({ query, exact, typing = false }) {
    clearTimeout(this.#timer);
    const asked = { query: query.trim(), exact, typing };
    if (this.#field.value.trim() !== asked.query) this.#field.value = asked.query;
    if (asked.query && asked.query === this.#asked.query && asked.exact === this.#asked.exact && !this.#call.signal.aborted) return;
    this.#asked = asked;
    this.#hooks.onAsk(asked);
    this.#call.abort();
    if (!asked.query) {
      this.#rest();
      return;
    }
    await this.#load(0, (found) => this.#show(found));
  }

  /** @param {import('./api.js').Suggestion} picked */
  #pick({ text, question_id: question }) {
    if (question !== null) return this.#hooks.onOpen(question, undefined);
    this.#field.value = text;
    this.ask({ query: text, exact: false });
  }

  /** @param {number} offset @param {(found: Found) => void} show */
  async #load(offset, show) {
    this.#call.abort();
    const call = this.#call = new AbortController();
    const slow = setTimeout(() => (this.#status.textContent = t.searching), 2 * PAUSE_MS);
    try {
      const found = await search({ typing: false, ...this.#asked, offset, limit: LIMIT }, call.signal);
      if (call === this.#call) show(found);
    } catch (error) {
      if (call !== this.#call || call.signal.aborted) return;
      if (error instanceof ApiError && error.status === 401) return this.#hooks.onSignedOut();
      this.#status.textContent = '';
      const retry = h('button', { type: 'button' }, t.retry);
      retry.addEventListener('click', () => this.#load(offset, show));
      const trouble = h('div', { class: 'trouble', role: 'alert' }, h('p', {}, told(error)), retry);
      if (offset) this.#place.lastElementChild?.replaceWith(trouble);
      else this.#place.replaceChildren(trouble);
    } finally {
      clearTimeout(slow);
    }
  }

  /** @param {Found} found */
  #show(found) {
    const focused = document.activeElement;
    const at = this.#place.contains(focused) ? Math.max(this.#links().indexOf(/** @type {HTMLElement} */ (focused)), 0) : -1;
    this.#tracking.clear();
    this.#list = h('ol', { class: 'hits', 'aria-label': t.results });
    this.#status.textContent = found.total ? t.found(found.total) : '';
    const notes = found.query_was_corrected
      ? [correction(found, this.#hooks.address({ query: found.query, exact: true }))]
      : [];
    if (found.offered_query) {
      notes.push(offer(found.offered_query, this.#hooks.address({ query: found.offered_query, exact: false })));
    }
    this.#place.replaceChildren(...notes, found.total ? this.#list : nothing(found.used_query));
    if (!found.total) this.#status.append(h('span', { class: 'unseen' }, t.nothing(found.used_query)));
    this.#append(found);
    // Who went on to the hits of an unfinished query stays there when those of the whole one come.
    if (at >= 0) (this.#links()[at] ?? this.#links()[0] ?? this.#field).focus();
  }

  #links() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.#list.querySelectorAll('h2 a'))];
  }

  /** @param {Found} found */
  #append(found) {
    for (const hit of found.hits) {
      if (!hit.is_external) this.#tracking.set(hit.id, hit.url_params);
      this.#list.append(hitItem(hit, this.#hooks.address({ ...this.#asked, question: hit.id })));
    }
    if (this.#list.children.length >= found.total || !found.hits.length) return;
    const more = h('button', { type: 'button', class: 'more' }, t.more);
    more.addEventListener('click', () => this.#load(this.#list.children.length, (next) => {
      const last = this.#list.lastElementChild;
      this.#place.lastElementChild?.remove();
      this.#append(next);
      last?.nextElementSibling?.querySelector('a')?.focus();
    }));
    this.#place.append(more);
  }

  /** The arrow keys move from hit to hit. Escape, and Up on the first hit, move to the field. @param {KeyboardEvent} event */
  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = this.#links();
    const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const inside = at >= 0 || document.activeElement === this.#field;
    if (event.key === 'Escape' && at >= 0) this.#field.focus();
    else if (step && inside && links.length && at + step < links.length) {
      const next = links[at + step];
      if (next) next.focus();
      else if (at >= 0) this.#field.focus();
      event.preventDefault();
    }
  }

  /** Opens links to this page without loading it again, unless the visitor asks for another tab. @param {MouseEvent} event */
  #click(event) {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link || event.target !== this.#field) this.#suggestions.close();
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const { question, exact } = link.dataset;
    if (question !== undefined) {
      event.preventDefault();
      this.#hooks.onOpen(Number(question), this.#tracking.get(Number(question)));
    } else if (exact !== undefined) {
      event.preventDefault();
      this.#field.focus();
      this.ask({ query: this.#asked.query, exact: true });
    }
  }
}
