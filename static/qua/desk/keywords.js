/** The field for keywords: those that are chosen, and a text field that completes what is in use. */
import { h } from '../dom.js';
import { keywords } from './calls.js';
import { t } from './texts.js';

/** Milliseconds without typing after which the server is asked. */
const PAUSE_MS = 150;
/** Most characters of a keyword, and most keywords of a question, as the API allows. */
const MAX_KEYWORD = 100;
const MAX_KEYWORDS = 50;

export class KeywordsField {
  #chosen = h('ul', { class: 'chosen', 'aria-label': t.chosenKeywords });
  #options = h('ul', { id: 'keyword-options', role: 'listbox', class: 'options', 'aria-label': t.suggestedKeywords, hidden: true });
  #input = h('input', {
    id: 'keywords', role: 'combobox', maxlength: MAX_KEYWORD, autocomplete: 'off', autocapitalize: 'none', enterkeyhint: 'done',
    'aria-expanded': 'false', 'aria-controls': 'keyword-options', 'aria-autocomplete': 'list', 'aria-describedby': 'keywords-hint',
  });
  #status = h('p', { class: 'unseen', role: 'status' });
  /** @type {string[]} */
  #words = [];
  #at = -1;
  #timer = 0;
  #call = new AbortController();
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    this.element = h(
      'div', { class: 'keywords-field' },
      h('label', { for: 'keywords' }, t.keywords),
      this.#chosen,
      h('div', { class: 'combobox' }, this.#input, this.#options),
      h('p', { class: 'muted hint', id: 'keywords-hint' }, t.keywordsHint),
      this.#status,
    );
    this.#input.addEventListener('input', (event) => {
      if (/** @type {InputEvent} */ (event).isComposing) return;
      if (this.#input.value.includes(',')) this.#take(this.#input.value);
      else this.#ask();
    });
    this.#input.addEventListener('keydown', (event) => this.#key(event));
    this.#input.addEventListener('blur', () => this.#take(this.#input.value));
    // The pointer must not take the focus from the field, whose loss adds what was typed.
    this.#options.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#options.addEventListener('click', (event) => {
      const option = event.target instanceof Element ? event.target.closest('[role=option]') : null;
      if (option) this.#take(option.textContent ?? '');
    });
  }

  get words() {
    return this.#words;
  }

  set words(words) {
    this.#words = [...words];
    this.#show();
  }

  #show() {
    this.#chosen.replaceChildren(...this.#words.map((word) => {
      const remove = h('button', { type: 'button', 'aria-label': t.removeKeyword(word) }, '×');
      remove.addEventListener('click', () => {
        this.words = this.#words.filter((other) => other !== word);
        this.#status.textContent = t.keywordRemoved(word);
        this.#input.focus();
        this.#onChange();
      });
      return h('li', {}, word, remove);
    }));
    this.#chosen.hidden = !this.#words.length;
  }

  /** @param {string} text one keyword, or several separated by commas */
  #take(text) {
    this.#close();
    this.#input.value = '';
    const typed = text.split(',').map((word) => word.trim().replaceAll(/\s+/gu, ' ')).filter(Boolean);
    const added = typed.filter((word) => !this.#words.includes(word));
    if (!added.length) return;
    this.words = [...new Set([...this.#words, ...added])].slice(0, MAX_KEYWORDS);
    this.#status.textContent = t.keywordAdded(added.join(', '));
    this.#onChange();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#call.abort();
    this.#options.hidden = true;
    this.#options.replaceChildren();
    this.#choose(-1);
    this.#input.setAttribute('aria-expanded', 'false');
  }

  #ask() {
    clearTimeout(this.#timer);
    this.#call.abort();
    const prefix = this.#input.value.trim();
    if (!prefix) return this.#close();
    const call = this.#call = new AbortController();
    this.#timer = setTimeout(async () => {
      /** @type {string[]} */
      let found = [];
      try {
        found = await keywords(prefix, call.signal);
      } catch {
        // The completion is a help only; without it keywords are typed in full.
      }
      if (call.signal.aborted) return;
      const open = found.filter((word) => !this.#words.includes(word));
      this.#options.replaceChildren(...open.map((word, n) => h('li', { role: 'option', id: `keyword-${n}`, 'aria-selected': 'false' }, word)));
      this.#options.hidden = !open.length;
      this.#input.setAttribute('aria-expanded', String(open.length > 0));
      this.#choose(-1);
    }, PAUSE_MS);
  }

  /** @param {number} at the option that is chosen; -1 for none */
  #choose(at) {
    this.#at = at;
    for (const [n, option] of [...this.#options.children].entries()) option.setAttribute('aria-selected', String(n === at));
    const option = this.#options.children[at];
    if (!option) return this.#input.removeAttribute('aria-activedescendant');
    this.#input.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const count = this.#options.children.length;
    if (event.isComposing) return;
    if (step && count) this.#choose((this.#at + step + count + (this.#at < 0 && step < 0 ? 1 : 0)) % count);
    else if (event.key === 'Escape' && count) this.#close();
    else if (event.key === 'Enter' && this.#input.value.trim()) {
      this.#take(this.#options.children[this.#at]?.textContent ?? this.#input.value);
    } else if (event.key === 'Backspace' && !this.#input.value && this.#words.length) {
      const last = this.#words.at(-1) ?? '';
      this.words = this.#words.slice(0, -1);
      this.#status.textContent = t.keywordRemoved(last);
      this.#onChange();
    } else return;
    event.preventDefault();
  }
}
