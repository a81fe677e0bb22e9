/**
 * Suggestions below the search field: a combobox with list autocomplete, by the ARIA pattern. The focus stays in the field;
 * `aria-activedescendant` names the chosen option. The list pushes what is below it down, so it hides no hits.
 */
import { suggest } from './api.js';
import { h } from './dom.js';
import { t } from './texts.js';

/** @typedef {import('./api.js').Suggestion} Suggestion */

/** Milliseconds without typing after which suggestions are asked for: sooner than hits, as the answer is smaller. */
const PAUSE_MS = 100;
/** Options of the list: what a phone shows beside its keyboard. */
const LIMIT = 5;

export class Suggestions {
  #field;
  #onPick;
  #options = h('ul', { id: 'suggestions', role: 'listbox', class: 'options', 'aria-label': t.suggestions, hidden: true });
  #count = h('p', { class: 'unseen', 'aria-live': 'polite' });
  /** @type {Suggestion[]} */
  #shown = [];
  #chosen = -1;
  #timer = 0;
  #call = new AbortController();

  /**
   * @param {HTMLInputElement} field
   * @param {(suggestion: Suggestion) => void} onPick
   */
  constructor(field, onPick) {
    this.#field = field;
    this.#onPick = onPick;
    for (const [name, value] of Object.entries({
      role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'suggestions',
    })) field.setAttribute(name, value);
    field.addEventListener('keydown', (event) => this.#key(event));
    // The pointer must not take the focus from the field.
    this.#options.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#options.addEventListener('click', (event) => {
      const option = event.target instanceof Element ? event.target.closest('[role=option]') : null;
      if (option) this.#pick([...this.#options.children].indexOf(option));
    });
    this.element = h('div', { class: 'suggestions' }, this.#options, this.#count);
  }

  /** Asks for suggestions once the visitor pauses. */
  ask() {
    clearTimeout(this.#timer);
    this.#call.abort();
    const query = this.#field.value.trim();
    if (!query) return this.close();
    const call = this.#call = new AbortController();
    this.#timer = setTimeout(async () => {
      /** @type {Suggestion[]} */
      let found = [];
      try {
        found = await suggest(query, LIMIT, call.signal);
      } catch {
        // Suggestions are a help only; the search itself tells of failures.
      }
      if (!call.signal.aborted && document.activeElement === this.#field) this.#show(found);
    }, PAUSE_MS);
  }

  close() {
    clearTimeout(this.#timer);
    this.#call.abort();
    this.#show([]);
  }

  /** @param {Suggestion[]} found */
  #show(found) {
    this.#shown = found;
    this.#options.replaceChildren(...found.map(({ text, kind }, n) => h(
      'li', { role: 'option', id: `suggestion-${n}`, class: kind, 'aria-selected': 'false' },
      text, kind === 'title' && h('span', { class: 'unseen' }, `, ${t.opensQuestion}`),
    )));
    this.#options.hidden = !found.length;
    this.#field.setAttribute('aria-expanded', String(found.length > 0));
    this.#count.textContent = found.length ? t.suggested(found.length) : '';
    this.#choose(-1);
  }

  /** @param {number} n the number of an option; -1 chooses none */
  #choose(n) {
    this.#chosen = n;
    [...this.#options.children].forEach((option, at) => option.setAttribute('aria-selected', String(at === n)));
    if (n < 0) return this.#field.removeAttribute('aria-activedescendant');
    this.#field.setAttribute('aria-activedescendant', `suggestion-${n}`);
    this.#options.children[n]?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {number} n */
  #pick(n) {
    const picked = this.#shown[n];
    this.close();
    if (picked) this.#onPick(picked);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    const isOpen = this.#shown.length > 0;
    if (event.key === 'Enter') {
      if (this.#chosen < 0) return this.close();
      event.preventDefault();
      this.#pick(this.#chosen);
    } else if (!isOpen) {
      return;
    } else if (event.key === 'Escape') {
      // Browsers empty a search field on Escape; the first one only closes the list.
      event.preventDefault();
      this.close();
    } else if (event.key === 'Tab') {
      this.close();
    } else if (event.key === 'ArrowDown' && this.#chosen === this.#shown.length - 1) {
      this.close(); // The page moves on to the first hit.
    } else if (event.key === 'ArrowDown' || (event.key === 'ArrowUp' && this.#chosen >= 0)) {
      event.preventDefault();
      event.stopPropagation();
      this.#choose(this.#chosen + (event.key === 'ArrowDown' ? 1 : -1));
    }
  }
}
