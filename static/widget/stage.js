/** The card that a visitor sees. */
import { load } from './load.js';
import { bring, canShow, isKnown, isPlain, questionScreen } from './question.js';
import { currentQuestion, total } from './reducer.js';
import { h, screens } from './screens.js';
import { adoptStyles } from './styles.js';

/** Saving is mentioned only if it takes longer. */
const SLOW_MS = 400;

export class Stage {
  #root;
  #face;
  /** @type {State | null} */
  #state = null;
  /** What the screen shows; a new key is a new screen. */
  #key = '';
  #acted = false;
  /** The focus was ours; if the body has it now, we take it back. */
  #touched = false;
  #screens = screens;
  /** A module failed to load; it is tried again. */
  #stuck = false;
  /** @type {typeof import('./templates.js') | undefined} */
  #templates;
  #stop = () => {};
  #saving = '';
  /** @type {Timer | undefined} */
  #slow;

  #sandbox = h('p', { class: 'sandbox' });
  #position = h('span');
  #save = h('span');
  #note = h('span', { class: 'note' });
  #status = h('div', { role: 'status', 'aria-atomic': 'false' }, this.#position, this.#save, this.#note);
  #progress = h('progress', { part: 'progress' });
  #screen = h('div');
  #card = h('div', { class: 'card', part: 'card', hidden: true }, this.#sandbox, this.#status, this.#progress, this.#screen);

  /** @param {ShadowRoot} root @param {Face} face */
  constructor(root, face) {
    this.#root = root;
    this.#face = face;
    adoptStyles(root);
    root.append(this.#card);
  }

  /** The visitor or the host acts, so the next screen takes the focus. */
  act() {
    this.#acted = true;
  }

  /** @param {string} text through the live region */
  say(text) {
    this.#note.textContent = text;
  }

  /** @param {State} state @param {boolean} [anew] even if the screen seems the same */
  draw(state, anew = false) {
    this.#state = state;
    const view = this.#view(state);
    const { phase, current, test, trouble, online, offer } = view;
    const mood = phase === 'loading' ? this.#stuck : phase === 'waiting' && online;
    const question = phase === 'question' && [current, test?.version, test?.locale];
    const key = [phase, question, mood, trouble?.kind, trouble?.code, JSON.stringify(offer)].join();
    if (anew || key !== this.#key) this.#change(view, key);
    this.#drawStatus(view);
  }

  dispose() {
    clearTimeout(this.#slow);
    this.#stop();
    this.#key = '';
    this.#state = null;
  }

  /** @param {State} state @returns {State} loading until its code has loaded */
  #view(state) {
    const { phase } = state;
    const question = currentQuestion(state);
    // Its code loads while the instruction is read.
    const code = question && !canShow(question, this.#fluent) ? this.#bring(question) : null;
    if (phase === 'question' && code) this.#await(code);
    else if (phase !== 'question' && !(phase in this.#screens)) this.#await(this.#bringLater());
    else if (this.#template(phase) && !this.#templates) this.#await(this.#bringTemplates());
    else return state;
    return { ...state, phase: 'loading' };
  }

  /** @param {Promise<unknown>} code */
  async #await(code) {
    await code;
    this.#stuck = false;
    if (this.#state) this.draw(this.#state);
  }

  #failed = () => {
    this.#stuck = true;
    if (this.#state) this.draw(this.#state);
  };

  /** @param {Question} question */
  async #bring(question) {
    if (isKnown(question)) {
      await Promise.all([bring([question], this.#failed), this.#fluent || isPlain(question) || this.#bringLater()]);
    } else if (this.#state?.phase === 'question') queueMicrotask(() => this.#face.onStuck());
  }

  /** The later screens and texts have loaded. */
  get #fluent() {
    return 'finish' in this.#screens;
  }

  async #bringLater() {
    const [{ laterScreens }] = await Promise.all([load('closing-screens.js', this.#failed), this.#face.learn()]);
    this.#screens = { ...screens, ...laterScreens };
  }

  async #bringTemplates() {
    this.#templates = await load('templates.js', this.#failed);
  }

  /** @param {State['phase']} phase @returns {HTMLElement | null} the host's own screen */
  #template(phase) {
    const replaceable = phase === 'welcome' || phase === 'pause';
    return replaceable ? this.#face.host.querySelector(`:scope > [slot="${phase}"]:not([data-test-widget-screen])`) : null;
  }

  /** @param {State} view @param {string} key */
  #change(view, key) {
    const { host } = this.#face;
    const focused = this.#root.activeElement !== null || host.contains(document.activeElement);
    const orphaned = this.#touched && document.activeElement === document.body;
    const returnFocus = key === this.#key ? keepFocus(this.#root, this.#screen) : null;
    this.#key = key;
    this.#stop();
    this.#stop = () => {};
    this.say('');
    this.#card.hidden = view.yielded && view.phase === 'pause';
    const target = this.#fill(view);
    if (returnFocus?.(this.#screen)) return;
    if (!this.#acted && !focused && !orphaned) return;
    this.#acted = false;
    this.#touched = true;
    target?.focus({ preventScroll: true });
    const { top } = this.#card.getBoundingClientRect();
    if (top < 0 || top > innerHeight * 0.75) this.#card.scrollIntoView();
  }

  /** @param {State} view @returns {HTMLElement | null} what takes the focus */
  #fill(view) {
    const { host, actions } = this.#face;
    const { t, sandbox } = this.#face.context();
    const context = { ...this.#face.context(), state: view, stuck: this.#stuck };
    const { phase } = view;
    const screen = h('div', { class: 'screen' });
    // The card keeps its height for the moment, so that the page below does not jump.
    const passing = phase === 'loading' || phase === 'waiting';
    if (passing) screen.style.setProperty('min-block-size', `${this.#screen.offsetHeight}px`);
    this.#screen.replaceWith(screen);
    this.#screen = screen;
    this.#sandbox.hidden = !sandbox;
    this.#sandbox.textContent = t.sandbox;
    // All languages of our own words are written from left to right. Texts of the test say their own.
    this.#card.lang = t.lang;
    this.#card.dir = 'ltr';
    this.#templates?.removeTemplates(host);
    const template = this.#template(phase);
    if (template && this.#templates) {
      screen.append(h('slot', { name: phase }));
      return this.#templates.showTemplate(host, template, view);
    }
    if (phase === 'question') {
      const { nodes, stop } = questionScreen(context, actions);
      this.#stop = stop;
      screen.append(...nodes);
      // Later the visitor may be offline.
      bring(view.questions);
      if (!this.#fluent) this.#bringLater();
    } else screen.append(...this.#screens[phase](context).filter((node) => node instanceof Node));
    return screen.querySelector('.heading');
  }

  /** @param {State} view */
  #drawStatus(view) {
    const { t } = this.#face.context();
    const { phase, answers, questions, online, reaching, pending, kept } = view;
    const running = ['question', 'waiting', 'pause'].includes(phase);
    const question = currentQuestion(view);
    const of = total(view);
    this.#status.className = running ? 'status' : 'status bare';
    this.#progress.hidden = !running;
    this.#progress.ariaLabel = t.progress;
    this.#progress.max = of || 1;
    this.#progress.value = answers.size;
    const number = question?.number ?? questions.findIndex((each) => each === question) + 1;
    write(this.#position, phase === 'question' ? t.position(number, of) : '');
    if (!running) this.#drawSaving('', '');
    else if (!online && !reaching) this.#drawSaving('offline', pending && !kept && 'stay' in t ? t.stay(pending) : t.offline(pending));
    else if (pending) this.#drawSaving('saving', t.saving);
    else this.#drawSaving('saved', answers.size ? t.saved : '');
  }

  /** @param {string} mode `saving` and `offline` show after SLOW_MS @param {string} text */
  #drawSaving(mode, text) {
    const settled = mode === this.#saving && this.#slow === undefined;
    const show = () => {
      this.#slow = undefined;
      this.#save.className = `save ${mode}`;
      write(this.#save, text);
    };
    clearTimeout(this.#slow);
    this.#saving = mode;
    if (mode === 'saved' || mode === '' || settled) return show();
    write(this.#save, '');
    this.#slow = setTimeout(show, SLOW_MS);
  }
}

/**
 * Remembers where the focus is on a screen that is drawn anew, and what is selected there.
 *
 * @param {ShadowRoot} root @param {HTMLElement} screen
 * @returns {((screen: HTMLElement) => boolean) | null} puts the focus there again
 */
function keepFocus(root, screen) {
  const places = (/** @type {HTMLElement} */ within) =>
    /** @type {HTMLElement[]} */ ([...within.querySelectorAll('a, button, input, textarea, [tabindex]')]);
  const active = /** @type {HTMLInputElement | null} */ (root.activeElement);
  const index = active ? places(screen).indexOf(active) : -1;
  if (!active || index < 0) return null;
  const { selectionStart, selectionEnd, scrollTop } = active;
  return (anew) => {
    const place = /** @type {HTMLInputElement | undefined} */ (places(anew)[index]);
    place?.focus({ preventScroll: true });
    if (place?.matches('input[inputmode], textarea')) place.setSelectionRange(selectionStart, selectionEnd);
    if (place) place.scrollTop = scrollTop;
    return place !== undefined;
  };
}

/** @param {HTMLElement} region a live region speaks at each write @param {string} text */
function write(region, text) {
  if (region.textContent !== text) region.textContent = text;
}
