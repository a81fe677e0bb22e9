/** `<test-widget-frame>`: the widget in an iframe (docs/widget.md). */

/** The attributes of the address. */
const PLACE = ['provider', 'test', 'gateway'];
/** The attributes that are passed on. */
const PASSED = [
  'locale', 'theme', 'start', 'start-mode', 'session', 'resume-token', 'access-token', 'heading-level', 'auto-advance',
  'show-result', 'sandbox',
];
/** @type {Record<string, string>} */
const SWITCHES = { 'auto-advance': 'on', 'show-result': 'off', sandbox: 'off' };
/** The gateway that the script came from. */
const HOME = import.meta.url.replace(/static\/widget\/.*/s, '');
// The host may place and hide the element, but its height is the content's.
const CSS = `:host { display: block; inline-size: 100%; height: auto !important; max-height: none !important }
:host([hidden]) { display: none !important }
iframe { display: block; inline-size: 100%; border: 0; color-scheme: light }`;

export class TestWidgetFrame extends HTMLElement {
  static observedAttributes = [...PLACE, ...PASSED];

  #root = this.attachShadow({ mode: 'open' });
  #frame = document.createElement('iframe');
  /** @type {MessagePort | null} */
  #port = null;
  #heard = false;
  /** Why there is no frame. */
  #failed = '';
  /** @type {Map<number, FrameCall>} */
  #calls = new Map();
  #id = 0;
  /** @type {object | null} that goes on when moved */
  #attempt = null;

  constructor() {
    super();
    // Frameworks may set properties before the element is defined.
    for (const [name, value] of Object.entries(this)) {
      if (name in TestWidgetFrame.prototype && Reflect.deleteProperty(this, name)) Reflect.set(this, name, value);
    }
  }

  connectedCallback() {
    this.#loadSoon();
  }

  /** `moveBefore` keeps the frame. */
  connectedMoveCallback() {}

  disconnectedCallback() {
    this.#unload();
    // A moved element is connected again by then.
    queueMicrotask(() => this.isConnected || this.#unload('removed'));
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (PLACE.includes(name)) {
      this.#attempt = null;
      this.#loadSoon();
    } else this.#post(this.#attributes());
  }

  /** Empty if it is no address. */
  get gateway() {
    const own = this.getAttribute('gateway');
    try {
      return own ? new URL(own.replace(/\/*$/, '/'), this.baseURI).href : HOME;
    } catch {
      return '';
    }
  }

  start() {
    return this.#call('start');
  }

  restart() {
    return this.#call('restart');
  }

  /** @param {object} opening */
  resume(opening) {
    return this.#call('resume', opening);
  }

  back() {
    return this.#call('back');
  }

  getState() {
    return this.#call('getState');
  }

  getAnswers() {
    return this.#call('getAnswers');
  }

  /** @param {string} call @param {unknown[]} args */
  #call(call, ...args) {
    return new Promise((resolve, reject) => {
      const message = { call, id: ++this.#id, args };
      this.#post(message);
      this.#calls.set(message.id, { message, resolve, reject });
      this.#refuse();
    });
  }

  /** Rejects all calls if there is no frame. */
  #refuse() {
    if (!this.#failed) return;
    for (const { reject } of this.#calls.values()) reject(new Error(this.#failed));
    this.#calls.clear();
  }

  /** @param {object} message */
  #post(message) {
    this.#port?.postMessage(message);
  }

  /** Waits for the host to set all attributes. */
  #loadSoon() {
    if (!this.isConnected) return;
    this.#unload();
    queueMicrotask(() => this.#load());
  }

  async #load() {
    const [provider, test] = PLACE.map((name) => encodeURIComponent(this.getAttribute(name) ?? ''));
    if (!this.isConnected || this.#failed || this.#root.firstChild || !provider || !test) return;
    // The element may have come into another document.
    const sheet = new /** @type {typeof globalThis} */ (this.ownerDocument.defaultView).CSSStyleSheet();
    sheet.replaceSync(CSS);
    this.#root.adoptedStyleSheets = [sheet];
    const home = this.gateway;
    if (!/^https?:/.test(home)) return this.#fail('network');
    const frame = (this.#frame = document.createElement('iframe'));
    const loaded = new Promise((resolve) => (frame.onload = () => resolve(this.#greet(new URL(home).origin))));
    frame.title = this.title || 'Test';
    frame.src = `${home}widget/${provider}/${test}?host=${encodeURIComponent(origin)}`;
    this.#root.append(frame);
    const { trouble } = await import('./frame-trouble.js');
    const code = await trouble(`${home}tests/api/v1/info/${test}/?provider=${provider}`, loaded, () => this.#heard);
    if (code && frame.isConnected) this.#fail(code);
  }

  /** @param {string} [failed] why there is no other frame */
  #unload(failed = '') {
    this.#heard = false;
    this.#port?.close();
    this.#port = null;
    this.#failed = failed;
    this.#refuse();
    this.#root.replaceChildren();
  }

  /** @param {string} code */
  async #fail(code) {
    this.#unload(code);
    this.#root.append(code);
    this.#tell('load-failed', { code });
    const { explain } = await import('./frame-trouble.js');
    if (this.#failed === code) this.#root.replaceChildren(explain(code, this.#attributes()));
  }

  /** @param {string} name @param {object} detail */
  #tell(name, detail) {
    const more = { detail, bubbles: true, composed: true, cancelable: name === 'pause' };
    return this.dispatchEvent(new CustomEvent(`test-widget:${name}`, more));
  }

  #attributes() {
    const lang = this.closest('[lang]')?.getAttribute('lang') || document.documentElement.lang;
    return { attributes: Object.fromEntries(PASSED.map((name) => [name, this.getAttribute(name)])), lang };
  }

  /** @param {string} target the gateway's origin; no other page gets the port */
  #greet(target) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#receive(data);
    const moved = this.#attempt;
    const kept = this.#store((storage, key) => JSON.parse(storage[key]));
    const hello = { type: 'test-widget:hello', ...this.#attributes(), moved, kept };
    this.#frame.contentWindow?.postMessage(hello, target, [port2]);
    for (const { message } of this.#calls.values()) this.#post(message);
  }

  /** @param {FrameMessage} message */
  #receive({ height, title, attempt, reply, result, error, event, detail }) {
    this.#heard = true;
    if (height) this.#frame.style.setProperty('height', `${height}px`);
    if (title) this.#frame.title = this.title || title;
    if (attempt) {
      this.#attempt = attempt;
      // Browsers partition the frame's own storage.
      this.#store((storage, key) => (storage[key] = JSON.stringify(attempt)));
    }
    if (reply) {
      const call = this.#calls.get(reply);
      this.#calls.delete(reply);
      if (error) call?.reject(error);
      else call?.resolve(result);
    }
    if (!event) return;
    // A function can't be sent.
    if (event === 'pause') detail.offer = (/** @type {object} */ offer) => this.#post({ offer, base: this.baseURI });
    if (!this.#tell(event, detail)) this.#post({ yielded: true });
  }

  /** @param {(storage: Storage, key: string) => any} use */
  #store(use) {
    try {
      return use(sessionStorage, `test-widget ${this.#frame.src}`);
    } catch {
      // There is none.
    }
  }
}

const { prototype } = TestWidgetFrame;
for (const name of TestWidgetFrame.observedAttributes) {
  const property = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  const own = Object.getOwnPropertyDescriptor(prototype, property);
  // A framework that sets `start` as a property means the attribute.
  const attribute = name === 'start' ? 'start-mode' : name;
  Object.defineProperty(prototype, property, {
    get() {
      const value = this.getAttribute(name);
      if (own) return own.value ?? own.get?.call(this);
      return name in SWITCHES ? !['off', 'false'].includes(value ?? SWITCHES[name]) : value ?? '';
    },
    /** @param {unknown} value frameworks remove attributes by empty ones */
    set(value) {
      if ((value ?? '') === '') this.removeAttribute(attribute);
      else this.setAttribute(attribute, value === true ? 'on' : value || 'off');
    },
  });
}

if (!customElements.get('test-widget-frame')) customElements.define('test-widget-frame', TestWidgetFrame);
