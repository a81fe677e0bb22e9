/**
 * `<test-widget>`: attributes, methods and events towards the host page. What they promise is in spec/widget.md.
 *
 * @import {AnswerPair, Opening} from './shapes.js'
 */
import { Player } from './player.js';
import { currentQuestion, total } from './reducer.js';
import { Stage } from './stage.js';
import { texts } from './texts.js';

/** Where the script came from is where the gateway is. */
const HOME = new URL('../../', import.meta.url).href;

export class TestWidget extends HTMLElement {
  static observedAttributes = [
    'provider', 'test', 'gateway', 'locale', 'heading-level', 'session', 'resume-token', 'access-token',
  ];

  /**
   * Requests begun before this class had arrived, by address. Each is used once.
   *
   * @type {Map<string, Promise<Response> | WebSocket>}
   */
  static early = new Map();

  /** @type {Player | null} */
  #player = null;
  #stage;
  /** An attempt was asked for: a welcome screen that arrives now comes too late. */
  #opened = false;
  #bootPending = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    this.#stage = new Stage(root, {
      host: this,
      context: () => ({
        t: texts(this.locale),
        locale: this.locale,
        level: this.headingLevel,
        resumable: this.#player?.resumable ?? false,
      }),
      actions: {
        answer: (value) => {
          this.#stage.act();
          this.#player?.answer(value);
        },
        say: (text) => this.#stage.say(text),
        autoAdvance: () => this.autoAdvance,
        setAutoAdvance: (on) => (this.autoAdvance = on),
        asset: (path) => new URL(path, this.gateway).href,
      },
      onStuck: () => this.#player?.stuck(),
    });
    root.addEventListener('click', (event) => this.#clicked(event));
    for (const name of ['pointerover', 'focusin']) root.addEventListener(name, () => this.#warm());
  }

  connectedCallback() {
    for (const name of PROPERTIES) this.#upgrade(name);
    this.#bootSoon();
  }

  disconnectedCallback() {
    // A host that moves the element takes it out and puts it back in one breath.
    queueMicrotask(() => this.isConnected || this.#shutDown());
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#player) return;
    const { phase, session } = this.#player.state;
    if (name === 'access-token') {
      if (now) this.#player.renew(now);
    } else if (name === 'session' || name === 'resume-token') {
      const renewed = name === 'resume-token' && this.#player.state.trouble?.kind === 'token';
      if (this.session !== session || renewed) this.#resumeFromAttributes();
    } else if (name === 'heading-level' || (name === 'locale' && session)) {
      this.#stage.draw(this.#player.state, true);
    } else if (name !== 'locale' || phase === 'welcome' || phase === 'loading') {
      this.#shutDown();
      this.#bootSoon();
    }
  }

  /** Begins a new attempt; does nothing while one is under way. */
  start() {
    const player = this.#ready();
    const { phase } = player.state;
    const idle = phase === 'welcome' || phase === 'trouble' || phase === 'finish' || !this.#opened;
    if (idle) this.#open({ accessToken: this.accessToken || undefined });
  }

  /** Leaves the attempt under way, if any, and begins a new one. */
  restart() {
    this.#open({ accessToken: this.accessToken || undefined });
  }

  /**
   * Goes on with an attempt: by its identity, or from answers that the host kept.
   *
   * @param {{session: string, resumeToken: string} | {answers: AnswerPair[], accessToken: string}} opening
   */
  resume(opening) {
    this.#open(opening);
  }

  back() {
    this.#stage.act();
    this.#player?.back();
  }

  /** @returns plain data: what is on the screen, and how far the attempt has come */
  getState() {
    const { state } = this.#ready();
    const question = state.phase === 'question' ? currentQuestion(state) : null;
    return {
      screen: state.phase,
      session: state.session,
      question: question?.id ?? null,
      number: question?.number ?? null,
      answered: state.answers.size,
      total: total(state),
      pending: state.pending,
      online: state.online,
      resultKey: state.resultKey,
    };
  }

  /** @returns {AnswerPair[]} all answers known here, in question order: what `resume` takes */
  getAnswers() {
    return this.#ready().answers;
  }

  get provider() {
    return this.getAttribute('provider') ?? '';
  }
  set provider(value) {
    this.setAttribute('provider', value);
  }

  get test() {
    return this.getAttribute('test') ?? '';
  }
  set test(value) {
    this.setAttribute('test', value);
  }

  /** `ru` or `en`: the attribute's, else the page's, else the browser's. */
  get locale() {
    const page = this.closest('[lang]')?.getAttribute('lang') || navigator.language;
    return /^ru\b/i.test(this.getAttribute('locale') || page) ? 'ru' : 'en';
  }
  set locale(value) {
    this.setAttribute('locale', value);
  }

  /** `auto`, `light` or `dark`. */
  get theme() {
    return this.getAttribute('theme') ?? 'auto';
  }
  set theme(value) {
    this.setAttribute('theme', value);
  }

  /** The `start` attribute, whose name the method has taken: `auto` resumes if there is something to resume. */
  get startMode() {
    return this.getAttribute('start') ?? 'auto';
  }
  set startMode(value) {
    this.setAttribute('start', value);
  }

  get session() {
    return this.getAttribute('session') ?? '';
  }
  set session(value) {
    this.setAttribute('session', value);
  }

  get resumeToken() {
    return this.getAttribute('resume-token') ?? '';
  }
  set resumeToken(value) {
    this.setAttribute('resume-token', value);
  }

  get accessToken() {
    return this.getAttribute('access-token') ?? '';
  }
  set accessToken(value) {
    this.setAttribute('access-token', value);
  }

  /** Base address, ending in a slash; where this script came from unless set. */
  get gateway() {
    const own = this.getAttribute('gateway');
    return own ? new URL(own.replace(/\/*$/, '/'), document.baseURI).href : HOME;
  }
  set gateway(value) {
    this.setAttribute('gateway', value);
  }

  /** On unless the attribute says `off` or `false`. */
  get autoAdvance() {
    return !['off', 'false'].includes(this.getAttribute('auto-advance') ?? '');
  }
  set autoAdvance(on) {
    this.setAttribute('auto-advance', on ? 'on' : 'off');
  }

  /** 1 to 6; 2 unless set. */
  get headingLevel() {
    const level = Number(this.getAttribute('heading-level'));
    return level >= 1 && level <= 6 ? Math.floor(level) : 2;
  }
  set headingLevel(level) {
    this.setAttribute('heading-level', String(level));
  }

  /** @param {string} name a property set before this class was known hides the accessor */
  #upgrade(name) {
    if (!Object.hasOwn(this, name)) return;
    const self = /** @type {Record<string, any>} */ (/** @type {unknown} */ (this));
    const value = self[name];
    delete self[name];
    self[name] = value;
  }

  #bootSoon() {
    if (this.#bootPending) return;
    this.#bootPending = true;
    queueMicrotask(() => {
      this.#bootPending = false;
      if (this.isConnected && !this.#player && this.provider && this.test) this.#boot();
    });
  }

  #boot() {
    const player = this.#ready();
    const early = TestWidget.early.get(player.channelUrl);
    if (early instanceof WebSocket) {
      TestWidget.early.delete(player.channelUrl);
      player.warm(early);
    }
    if (this.startMode === 'auto' && this.#resumeFromAttributes()) return;
    if (this.startMode === 'auto' && player.resumable) this.#run('resume');
    else this.#welcome();
  }

  /** @returns {Player} the player; made where the host calls a method before we had time to */
  #ready() {
    const { gateway, provider, test, locale } = this;
    this.#player ??= new Player(
      { gateway, provider, test, locale },
      {
        onChange: (state) => this.#stage.draw(state),
        onEvent: (name, detail, cancelable) => this.#emit(name, detail, cancelable),
        onForgotten: () => this.#welcome(),
      },
    );
    return this.#player;
  }

  #shutDown() {
    this.#player?.dispose();
    this.#player = null;
    this.#opened = false;
    this.#stage.dispose();
  }

  async #welcome() {
    const player = this.#ready();
    const address = new URL(`tests/api/v1/info/${encodeURIComponent(this.test)}/?locale=${this.locale}`, this.gateway).href;
    const early = /** @type {Promise<Response> | undefined} */ (TestWidget.early.get(address));
    TestWidget.early.delete(address);
    this.#opened = false;
    /** @type {import('./shapes.js').Test | null} */
    let info = null;
    let status = 0;
    this.#stage.draw(player.state);
    try {
      const response = await (early ?? fetch(address, { credentials: 'omit' }));
      status = response.status;
      if (response.ok) info = await response.json();
    } catch {
      // No network, or no answer that is ours: told below.
    }
    if (player !== this.#player || this.#opened) return;
    if (info) player.welcome(info);
    else if (status === 404) player.unwelcome('test_not_found', false);
    else player.unwelcome('unreachable', true);
  }

  #warm() {
    if (this.#player?.state.phase === 'welcome') this.#player.warm();
  }

  /** @param {Opening} opening */
  #open(opening) {
    this.#opened = true;
    this.#stage.act();
    this.#ready().open(opening);
  }

  #resumeFromAttributes() {
    const { session, resumeToken } = this;
    if (!session || !resumeToken) return false;
    this.#opened = true;
    this.#ready().open({ session, resumeToken });
    return true;
  }

  /** @param {Event} event Buttons of ours and of the host's templates name what they do. */
  #clicked(event) {
    const path = /** @type {Element[]} */ (event.composedPath().filter((target) => target instanceof Element));
    const action = path.find((element) => element.hasAttribute('data-action'))?.getAttribute('data-action');
    if (!action) return;
    this.#stage.act();
    this.#run(action);
  }

  /** @param {string} action */
  #run(action) {
    const player = this.#ready();
    switch (action) {
      case 'start':
        return this.start();
      case 'restart':
        return this.restart();
      case 'resume':
        this.#opened = player.resumeRemembered();
        return;
      case 'begin':
        return player.begin();
      case 'back':
        return player.back();
      case 'check':
        return player.reconnect();
      case 'retry':
        if (this.#opened) player.reconnect();
        else this.#welcome();
    }
  }

  /** @param {string} name @param {object} detail @param {boolean} cancelable @returns {boolean} false when cancelled */
  #emit(name, detail, cancelable) {
    const event = new CustomEvent(`test-widget:${name}`, { detail, bubbles: true, composed: true, cancelable });
    return this.dispatchEvent(event);
  }
}

/** Properties that a framework may have set on the element before it was upgraded. */
const PROPERTIES = [
  'provider', 'test', 'locale', 'theme', 'startMode', 'session', 'resumeToken', 'accessToken', 'gateway', 'autoAdvance',
  'headingLevel',
];
