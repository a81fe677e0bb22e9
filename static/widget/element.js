/** The element `<test-widget>` (docs/widget.md). */
import { Backoff } from './backoff.js';
import { wishes, wordsFor } from './languages.js';
import { load, pause } from './load.js';
import { Player } from './player.js';
import { infoUrl } from './protocol.js';
import { currentQuestion, initialState, total } from './reducer.js';
import { Stage } from './stage.js';
import { adoptStyles } from './styles.js';

/** A gateway that takes longer is tried again. */
const INFO_MS = 15_000;

/** Keys that mean something to the widget's controls, and perhaps something else to the page around it. */
const OURS = /^(.|Enter|Backspace|Delete|Home|End|Page(Up|Down)|Arrow(Up|Down|Left|Right))$/u;

export class TestWidget extends HTMLElement {
  static observedAttributes = [
    'provider', 'test', 'gateway', 'sandbox', 'locale', 'heading-level', 'show-result', 'session', 'resume-token',
    'access-token',
  ];

  /** @type {Early} */
  static early = new Map();
  /** The gateway that the script came from. */
  static home = '';

  /** @type {Player | null} */
  #player = null;
  #stage;
  /** @type {Texts | null} without texts nothing is drawn */
  #texts = null;
  #fluent = false;
  /** An attempt was asked for, so there is no welcome screen. */
  #opened = false;
  /** The address of the questions that are known or asked for. */
  #foreseen = '';
  /** Distinguishes the last request for the welcome screen from those before. */
  #welcomes = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    this.#stage = new Stage(root, {
      host: this,
      context: () => ({
        t: /** @type {Texts} */ (this.#texts),
        level: this.headingLevel,
        resumable: this.#player?.resumable ?? false,
        report: this.showResult
          ? new URL('partner/api/v3/result/get?format=html', this.gateway).href
          : null,
        sandbox: this.sandbox,
        draft: (question) => this.#player?.draft(question) ?? null,
      }),
      actions: {
        answer: (question, value, acted = true) => {
          if (acted) this.#stage.act();
          this.#player?.answer(question, value);
        },
        keepDraft: (question, value) => this.#player?.keepDraft(question, value),
        say: (text) => this.#stage.say(text),
        askTime: () => this.#ready().askTime(),
        autoAdvance: () => this.autoAdvance,
        setAutoAdvance: (on) => (this.autoAdvance = on),
        asset: (path) => new URL(path, this.gateway).href,
      },
      learn: () => this.#speak(true),
      onStuck: () => this.#player?.fail('unsupported_question'),
    });
    root.addEventListener('click', (event) => this.#clicked(event));
    // Pages with shortcuts of one letter see an element that is no input, and would take what is typed into it.
    for (const name of ['keydown', 'keypress', 'keyup']) root.addEventListener(name, shield);
    for (const name of ['pointerover', 'focusin']) root.addEventListener(name, () => this.#warm());
  }

  connectedCallback() {
    // A framework may have set properties before this class was known.
    for (const [name, value] of Object.entries(this)) {
      if (!(name in TestWidget.prototype)) continue;
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
    this.#bootSoon();
  }

  adoptedCallback() {
    adoptStyles(/** @type {ShadowRoot} */ (this.shadowRoot));
  }

  /** `moveBefore` moves an element without an end and a new beginning. */
  connectedMoveCallback() {}

  disconnectedCallback() {
    // An element that was only moved is connected again by then.
    queueMicrotask(() => this.isConnected || this.#shutDown());
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    const player = this.#player;
    if (before === now) return;
    // Frameworks may set what is needed long after the element was connected.
    if (!player) return this.#bootSoon();
    const { state } = player;
    if (name === 'access-token') {
      if (now) player.renew(now);
    } else if (name === 'session' || name === 'resume-token') {
      if (this.session !== state.session || state.trouble?.kind === 'token') this.#resumeFromAttributes();
    } else if (name === 'heading-level' || name === 'show-result') this.#draw(state, true);
    else if (name === 'locale') {
      player.locale = this.#wishes;
      this.#respeak();
      if (!this.#opened) this.#welcome();
    } else {
      this.#shutDown();
      this.#bootSoon();
    }
  }

  /** Begins a new attempt; does nothing while one is under way. Frameworks set the attribute `start` as a property. */
  get start() {
    return this.#start;
  }
  set start(value) {
    if (typeof value === 'string') this.startMode = value;
  }
  #start = () => {
    const { phase } = this.#ready().state;
    if (!this.#opened || phase === 'trouble' || phase === 'finish') this.restart();
  };

  /** Begins a new attempt in any case. */
  restart() {
    this.resume({ accessToken: this.accessToken || undefined });
  }

  /** @param {Opening} opening */
  resume(opening) {
    const player = this.#ready();
    // The host's own welcome screen does not have the instruction.
    const informed = player.state.phase === 'welcome' && !this.querySelector(':scope > [slot="welcome"]');
    this.#opened = true;
    this.#stage.act();
    player.open(opening, informed);
  }

  back() {
    this.#stage.act();
    this.#player?.back();
  }

  getState() {
    const state = this.#player?.state ?? initialState();
    const { phase, session, answers, pending, online, resultKey } = state;
    const question = phase === 'question' ? currentQuestion(state) : null;
    return {
      screen: phase,
      session,
      question: question?.id ?? null,
      number: question?.number ?? null,
      answered: answers.size,
      total: total(state),
      pending,
      online,
      resultKey,
    };
  }

  /** @returns {AnswerPair[]} in question order */
  getAnswers() {
    return this.#player?.answers ?? [];
  }

  get provider() {
    return this.getAttribute('provider') ?? '';
  }
  set provider(value) {
    put(this, 'provider', value);
  }

  get test() {
    return this.getAttribute('test') ?? '';
  }
  set test(value) {
    put(this, 'test', value);
  }

  get theme() {
    return this.getAttribute('theme') ?? '';
  }
  set theme(value) {
    put(this, 'theme', value);
  }

  /** The attribute `start-mode`, or `start`, its former name. */
  get startMode() {
    return this.getAttribute('start-mode') ?? this.getAttribute('start') ?? '';
  }
  set startMode(value) {
    put(this, 'start-mode', value);
  }

  /** Whether guests of this page live in the provider's sandbox. */
  get sandbox() {
    return !['off', 'false', null].includes(this.getAttribute('sandbox'));
  }
  set sandbox(on) {
    this.toggleAttribute('sandbox', isOn(on));
  }

  get session() {
    return this.getAttribute('session') ?? '';
  }
  set session(value) {
    put(this, 'session', value);
  }

  get resumeToken() {
    return this.getAttribute('resume-token') ?? '';
  }
  set resumeToken(value) {
    put(this, 'resume-token', value);
  }

  get accessToken() {
    return this.getAttribute('access-token') ?? '';
  }
  set accessToken(value) {
    put(this, 'access-token', value);
  }

  /** The tag of a language: the attribute's, else the page's, else the browser's. */
  get locale() {
    return this.#wishes.split(',')[0];
  }
  set locale(value) {
    put(this, 'locale', value);
  }

  /** The languages that the page wants, and then those of the visitor's browser. */
  get #wishes() {
    const around = this.closest('[lang]')?.getAttribute('lang') || document.documentElement.lang;
    return wishes(this.getAttribute('locale') || around, ...navigator.languages);
  }

  /** Base address, ending in a slash. */
  get gateway() {
    const own = this.getAttribute('gateway');
    return own ? new URL(own.replace(/\/*$/, '/'), document.baseURI).href : TestWidget.home;
  }
  set gateway(value) {
    put(this, 'gateway', value);
  }

  /** On unless the attribute is `off` or `false`. */
  get autoAdvance() {
    return !['off', 'false'].includes(this.getAttribute('auto-advance') ?? '');
  }
  set autoAdvance(on) {
    this.setAttribute('auto-advance', isOn(on) ? 'on' : 'off');
  }

  get showResult() {
    return !['off', 'false', null].includes(this.getAttribute('show-result'));
  }
  set showResult(on) {
    this.setAttribute('show-result', isOn(on) ? 'on' : 'off');
  }

  /** 1 to 6, else 2. */
  get headingLevel() {
    const level = Number(this.getAttribute('heading-level'));
    return [1, 2, 3, 4, 5, 6].includes(level) ? level : 2;
  }
  set headingLevel(level) {
    this.setAttribute('heading-level', String(level));
  }

  /** Waits for the host to set all attributes. */
  #bootSoon() {
    queueMicrotask(() => {
      if (!this.isConnected || this.#player || !this.provider || !this.test) return;
      if (this.gateway) this.#boot();
      else console.error('<test-widget> needs the attribute gateway, since its script did not come from one.');
    });
  }

  #boot() {
    const player = this.#ready();
    const auto = this.startMode !== 'manual';
    if (auto && this.#resumeFromAttributes()) return;
    if (auto && player.resumable) this.#run('resume');
    else this.#welcome();
  }

  #ready() {
    if (this.#player) return this.#player;
    const { gateway, provider, test, sandbox } = this;
    this.#player = new Player(
      { gateway, provider, test, locale: this.#wishes, sandbox },
      {
        onChange: (state) => this.#draw(state),
        onEvent: (name, detail, cancelable) =>
          this.dispatchEvent(
            new CustomEvent(`test-widget:${name}`, { detail, bubbles: true, composed: true, cancelable }),
          ),
        onForgotten: () => this.#welcome(),
      },
    );
    const early = TestWidget.early.get(this.#player.channelUrl);
    TestWidget.early.delete(this.#player.channelUrl);
    if (early && 'socket' in early) this.#player.warm(early);
    this.#respeak();
    return this.#player;
  }

  #shutDown() {
    this.#player?.dispose();
    this.#player = null;
    this.#opened = false;
    this.#foreseen = '';
    this.#stage.dispose();
  }

  /** @param {State} state @param {boolean} [anew] */
  #draw(state, anew) {
    if (this.#texts) this.#stage.draw(state, anew);
  }

  /** @param {boolean} [fluent] with the texts of the later screens */
  async #speak(fluent = this.#fluent) {
    const words = wordsFor(this.#wishes);
    const [first, later] = await Promise.all([load(`texts/${words}.js`), fluent && load(`texts/${words}-later.js`)]);
    if (words !== wordsFor(this.#wishes)) return;
    this.#fluent = fluent;
    this.#texts = { ...first.texts, ...(later && later.texts(first.of)) };
  }

  async #respeak() {
    await this.#speak();
    if (this.#player) this.#draw(this.#player.state, true);
  }

  /** Tries until the gateway answers. */
  async #welcome() {
    const player = this.#ready();
    const backoff = new Backoff();
    const turn = ++this.#welcomes;
    this.#opened = false;
    for (let tries = 0; ; tries++) {
      const { info, refusal } = await this.#ask();
      if (player !== this.#player || this.#opened || turn !== this.#welcomes) return;
      if (info) {
        player.welcome(info);
        // On a page with many tests only the visitor's interest costs a request.
        if (document.querySelectorAll('test-widget').length <= 1) this.#foresee();
        return;
      }
      if (refusal) return player.fail(refusal);
      if (tries === 0) player.fail('unreachable', true);
      await pause(backoff.nextDelayMs());
      if (player !== this.#player || this.#opened || turn !== this.#welcomes) return;
    }
  }

  /** @returns {Promise<{info?: Test, refusal?: string}>} nothing if there was no answer that stays true */
  async #ask() {
    const address = infoUrl(this.gateway, this.provider, this.test, this.#wishes);
    const early = /** @type {Promise<Response> | undefined} */ (TestWidget.early.get(address));
    TestWidget.early.delete(address);
    try {
      const response = await (early ?? fetch(address, { credentials: 'omit', signal: AbortSignal.timeout(INFO_MS) }));
      const body = await response.json();
      if (response.ok) return { info: body };
      const { reason } = body.error ?? {};
      if (![403, 404].includes(response.status)) return {};
      return { refusal: !reason || reason === 'not_found' ? 'test_not_found' : reason };
    } catch {
      return {};
    }
  }

  #warm() {
    if (this.#player?.state.phase !== 'welcome') return;
    this.#player.warm();
    this.#foresee();
  }

  /** Asks for the questions while the visitor reads, so that the first one is shown at once. Without them it comes later. */
  async #foresee() {
    const player = this.#player;
    const locale = this.#wishes;
    const address = `${infoUrl(this.gateway, this.provider, this.test, locale)}&questions=true`;
    if (!player || player.resumable || this.accessToken || this.#foreseen === address) return;
    this.#foreseen = address;
    try {
      const response = await fetch(address, { credentials: 'omit', priority: 'low', signal: AbortSignal.timeout(INFO_MS) });
      const { questions, ...test } = await response.json();
      if (response.ok && Array.isArray(questions)) player.foresee(locale, { test, questions });
    } catch {
      this.#foreseen = '';
    }
  }

  #resumeFromAttributes() {
    const { session, resumeToken } = this;
    if (!session || !resumeToken) return false;
    this.#opened = true;
    this.#ready().open({ session, resumeToken });
    return true;
  }

  /** @param {Event} event on a button, perhaps of a host's template */
  #clicked(event) {
    const path = event.composedPath().map((target) => target instanceof Element && target.getAttribute('data-action'));
    const action = path.find(Boolean);
    if (!action) return;
    this.#stage.act();
    this.#run(action);
  }

  /** @param {string} action */
  #run(action) {
    const player = this.#ready();
    if (action === 'start') this.start();
    else if (action === 'restart') this.restart();
    else if (action === 'begin') player.begin();
    else if (action === 'back') player.back();
    else if (action === 'resume') {
      this.#opened = true;
      player.resume();
    } else if (action === 'check' || (action === 'retry' && this.#opened)) player.reconnect();
    else if (action === 'retry') this.#welcome();
  }
}

/** Frameworks take attributes away by empty values. @param {Element} element @param {string} name @param {string | null | undefined} value */
function put(element, name, value) {
  if ((value ?? '') === '') element.removeAttribute(name);
  else element.setAttribute(name, String(value));
}

/** Frameworks set properties to the texts of attributes, too. @param {unknown} value */
function isOn(value) {
  return value === '' || (Boolean(value) && value !== 'off' && value !== 'false');
}

/** Keeps what is typed into the widget from the page's shortcuts. @param {Event} event */
function shield(event) {
  const { key, ctrlKey, metaKey, altKey } = /** @type {KeyboardEvent} */ (event);
  // With AltGr, a browser tells Ctrl and Alt, too.
  const isShortcut = metaKey || ctrlKey !== altKey;
  const [target] = event.composedPath();
  if (!isShortcut && OURS.test(key) && target instanceof Element && target.matches('input, textarea, button')) {
    event.stopPropagation();
  }
}
