/**
 * The card that a visitor sees: draws a state, moves the focus, keeps the live line and the progress. Knows
 * nothing of the channel.
 *
 * @import {QuestionActions} from './question.js'
 * @import {State, Texts} from './shapes.js'
 */
import { h } from './dom.js';
import { canShow, loadTypes, questionScreen } from './question.js';
import { currentQuestion, total } from './reducer.js';
import { screens } from './screens.js';
import { styleSheet } from './styles.js';

/** Saving, or being offline, for less than this is not worth a word; until then no word claims otherwise. */
const SLOW_MS = 400;

/**
 * @typedef {object} Face what the element lends the stage
 * @property {HTMLElement} host
 * @property {() => {t: Texts, locale: string, level: number, resumable: boolean}} context
 * @property {QuestionActions} actions
 * @property {() => void} onStuck the question is of a type that can't be shown
 */

export class Stage {
  #face;
  #root;
  /** What the screen shows: the same key needs no new screen. */
  #key = '';
  #acted = false;
  /** The visitor was here before: focus that has fallen to the body is ours to pick up. */
  #touched = false;
  #stop = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #slow;
  #saving = '';

  #position = h('span');
  #save = h('span');
  #note = h('span', { class: 'note' });
  #status = h('div', { role: 'status', 'aria-atomic': 'false' }, this.#position, this.#save, this.#note);
  #progress = h('progress', { part: 'progress' });
  #screen = h('div');
  #card = h('div', { class: 'card', part: 'card', hidden: true }, this.#status, this.#progress, this.#screen);

  /** @param {ShadowRoot} root @param {Face} face */
  constructor(root, face) {
    this.#root = root;
    this.#face = face;
    root.adoptedStyleSheets = [styleSheet()];
    root.append(this.#card);
  }

  /** The visitor or the host acts: the screen that comes of it takes the focus. */
  act() {
    this.#acted = true;
  }

  /** @param {string} text said through the live region */
  say(text) {
    this.#note.textContent = text;
  }

  /** @param {State} state @param {boolean} [anew] also where the screen seems the same */
  draw(state, anew = false) {
    const view = this.#view(state);
    const { phase, current, trouble, online } = view;
    const key = [phase, phase === 'question' && current, phase === 'waiting' && online, trouble?.kind, trouble?.code].join();
    if (anew || key !== this.#key) this.#change(view, key);
    this.#drawStatus(view);
  }

  dispose() {
    clearTimeout(this.#slow);
    this.#stop();
    this.#key = '';
  }

  /**
   * The state, save where the question can't be drawn (yet).
   *
   * @param {State} state
   * @returns {State}
   */
  #view(state) {
    const question = state.phase === 'question' ? currentQuestion(state) : null;
    if (!question || canShow(question.type)) return state;
    loadTypes(state.questions).then(() => (canShow(question.type) ? this.draw(state) : this.#face.onStuck()));
    return { ...state, phase: 'loading' };
  }

  /** @param {State} view @param {string} key */
  #change(view, key) {
    const { host } = this.#face;
    const focused = this.#root.activeElement !== null || host.contains(document.activeElement);
    const orphaned = this.#touched && document.activeElement === document.body;
    this.#key = key;
    this.#stop();
    this.#stop = () => {};
    this.say('');
    this.#card.hidden = view.yielded && view.phase === 'pause';
    const target = this.#fill(view);
    if (!this.#acted && !focused && !orphaned) return;
    this.#acted = false;
    this.#touched = true;
    target?.focus({ preventScroll: true });
    const { top } = this.#card.getBoundingClientRect();
    if (top < 0 || top > innerHeight * 0.75) this.#card.scrollIntoView({ block: 'start' });
  }

  /** @param {State} view @returns {HTMLElement | null} what takes the focus */
  #fill(view) {
    const { host, context, actions } = this.#face;
    const { locale, ...rest } = context();
    const { phase } = view;
    const screen = h('div', { class: 'screen' });
    // While something is on its way the card keeps its height, so that the page below does not jump.
    const passing = phase === 'loading' || phase === 'waiting';
    if (passing) screen.style.setProperty('min-block-size', `${this.#screen.offsetHeight}px`);
    this.#screen.replaceWith(screen);
    this.#screen = screen;
    this.#card.lang = locale;
    this.#card.dir = 'ltr';
    for (const old of host.querySelectorAll(':scope > [data-test-widget-screen]')) old.remove();

    const own = phase === 'welcome' || phase === 'pause' ? this.#ownScreen(phase, view) : null;
    if (own) {
      screen.append(h('slot', { name: phase }));
      return own;
    }
    const drawn =
      phase === 'question'
        ? questionScreen({ state: view, ...rest }, actions)
        : { nodes: screens[phase]({ state: view, ...rest }), stop: () => {} };
    this.#stop = drawn.stop;
    for (const node of drawn.nodes) if (node instanceof Node) screen.append(node);
    return screen.querySelector('.heading');
  }

  /**
   * The host's own screen: its template is copied beside it, into the page, where the page's styles apply.
   *
   * @param {'welcome' | 'pause'} name
   * @param {State} view
   * @returns {HTMLElement | null} what takes the focus; null where the host has no such template
   */
  #ownScreen(name, view) {
    const { host } = this.#face;
    const template = host.querySelector(`:scope > template[slot="${name}"]`);
    if (!(template instanceof HTMLTemplateElement)) return null;
    const screen = h('div', { slot: name, 'data-test-widget-screen': true }, template.content.cloneNode(true));
    const facts = { ...view.info, ...view.test, after: view.pauseAfter };
    for (const field of screen.querySelectorAll('[data-field]')) {
      const fact = facts[/** @type {'name'} */ (field.getAttribute('data-field'))];
      field.textContent = Array.isArray(fact) ? fact.join(', ') : String(fact ?? '');
    }
    const target = /** @type {HTMLElement} */ (screen.querySelector('h1, h2, h3, h4, h5, h6') ?? screen);
    target.tabIndex = -1;
    host.append(screen);
    return target;
  }

  /** @param {State} view */
  #drawStatus(view) {
    const { t } = this.#face.context();
    const { phase, answers } = view;
    const running = phase === 'question' || phase === 'waiting' || phase === 'pause';
    const question = currentQuestion(view);
    const of = total(view);
    this.#status.className = running ? 'status' : 'status bare';
    this.#progress.hidden = !running;
    this.#progress.ariaLabel = t.progress;
    this.#progress.max = of || 1;
    this.#progress.value = answers.size;
    const number = question?.number ?? view.questions.findIndex((each) => each === question) + 1;
    set(this.#position, phase === 'question' ? t.position(number, of) : '');
    this.#drawSaving(running ? view : null);
  }

  /**
   * An answer just given is not called saved any more, yet a word for its saving comes only when it takes long:
   * a line that flickers at every answer would be read aloud at every answer.
   *
   * @param {State | null} view
   */
  #drawSaving(view) {
    const { t } = this.#face.context();
    const mode = !view ? '' : !view.online ? 'offline' : view.pending ? 'saving' : view.answers.size ? 'saved' : '';
    const text = !view || !mode ? '' : mode === 'offline' ? t.offline(view.pending) : t[/** @type {'saved'} */ (mode)];
    const show = () => {
      this.#slow = undefined;
      this.#save.className = `save ${mode}`;
      set(this.#save, text);
    };
    const shown = mode === this.#saving && this.#slow === undefined;
    this.#saving = mode;
    if (mode === 'saved' || mode === '' || shown) {
      clearTimeout(this.#slow);
      show();
      return;
    }
    set(this.#save, '');
    clearTimeout(this.#slow);
    this.#slow = setTimeout(show, SLOW_MS);
  }
}

/**
 * A live region speaks when it is written to, so it is written to only when there is news.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
