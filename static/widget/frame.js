/**
 * `<test-widget-frame>`: the widget in an iframe, for hosts that allow no foreign script of this size, or want to isolate
 * it. It has the attributes, methods (which return promises) and events of `<test-widget>`.
 *
 * The resume token is kept by this page, since browsers partition the storage of foreign frames and may clear it soon.
 */

const ATTRIBUTES = [
  'locale', 'theme', 'start', 'session', 'resume-token', 'access-token', 'auto-advance', 'heading-level', 'show-result',
];
const HOME = new URL('../../', import.meta.url).href;

export class TestWidgetFrame extends HTMLElement {
  static observedAttributes = ATTRIBUTES;

  /** @type {MessagePort | null} */
  #port = null;
  /** @type {Map<number, (result: any) => void>} */
  #waiting = new Map();
  /** Calls that were made before the frame had loaded. @type {object[]} */
  #unsent = [];
  #calls = 0;
  #frame = document.createElement('iframe');

  connectedCallback() {
    const [provider, test] = ['provider', 'test'].map((name) => encodeURIComponent(this.getAttribute(name) ?? ''));
    const home = this.getAttribute('gateway')?.replace(/\/*$/, '/') ?? HOME;
    const { style } = this.#frame;
    for (const [name, value] of [['width', '100%'], ['border', '0'], ['display', 'block'], ['color-scheme', 'light']]) {
      style.setProperty(name, value);
    }
    this.style.setProperty('display', 'block');
    this.#frame.title = this.title || (this.getAttribute('locale') === 'ru' ? 'Тест' : 'Test');
    this.#frame.onload = () => this.#greet(new URL(home).origin);
    this.#frame.src = `${home}widget/${provider}/${test}?host=${encodeURIComponent(location.origin)}`;
    this.append(this.#frame);
  }

  disconnectedCallback() {
    this.#port?.close();
    this.#port = null;
    this.#frame.remove();
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before !== now) this.#port?.postMessage({ attributes: { [name]: now } });
  }

  start() {
    return this.#call('start');
  }

  restart() {
    return this.#call('restart');
  }

  /** @param {object} opening as for `resume` of `<test-widget>` */
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

  /** @param {string} call @param {unknown[]} args @returns {Promise<any>} */
  #call(call, ...args) {
    const id = ++this.#calls;
    const message = { call, id, args };
    if (this.#port) this.#port.postMessage(message);
    else this.#unsent.push(message);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** @param {string} origin the gateway's origin; no other page gets the port */
  #greet(origin) {
    const { port1, port2 } = new MessageChannel();
    this.#port?.close();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#receive(data);
    const own = ATTRIBUTES.filter((name) => this.hasAttribute(name)).map((name) => [name, this.getAttribute(name)]);
    const attributes = { ...this.#recall(), ...Object.fromEntries(own) };
    this.#frame.contentWindow?.postMessage({ type: 'test-widget:hello', attributes }, origin, [port2]);
    for (const message of this.#unsent.splice(0)) port1.postMessage(message);
  }

  /** @param {{height?: number, reply?: number, result?: unknown, event?: string, detail?: any}} message */
  #receive({ height, reply, result, event, detail }) {
    if (height !== undefined) this.#frame.style.setProperty('height', `${height}px`);
    if (reply !== undefined) {
      this.#waiting.get(reply)?.(result);
      this.#waiting.delete(reply);
    }
    if (!event) return;
    if (event === 'start') this.#keep({ session: detail.session, 'resume-token': detail.resumeToken });
    const cancelable = event === 'pause';
    const shown = this.dispatchEvent(
      new CustomEvent(`test-widget:${event}`, { detail, bubbles: true, composed: true, cancelable }),
    );
    if (!shown) this.#port?.postMessage({ yielded: true });
  }

  get #key() {
    return `test-widget-frame ${HOME} ${this.getAttribute('provider')} ${this.getAttribute('test')}`;
  }

  /** @param {object} identity */
  #keep(identity) {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(identity));
    } catch {
      // Without storage the host still gets the event, and the frame has its own storage.
    }
  }

  /** @returns {Record<string, string>} */
  #recall() {
    try {
      return this.getAttribute('start') === 'manual' ? {} : JSON.parse(sessionStorage.getItem(this.#key) ?? '{}');
    } catch {
      return {};
    }
  }
}

if (!customElements.get('test-widget-frame')) customElements.define('test-widget-frame', TestWidgetFrame);
