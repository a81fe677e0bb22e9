/** A channel that reconnects by the protocol's rules, over a WebSocket or, where none comes through, over plain HTTP. */
import { Backoff, QUIET_MS } from './backoff.js';
import { load } from './load.js';
import { SUBPROTOCOL, parseMessage, verdictOnClose } from './protocol.js';

const CONNECT_MS = 15_000;
/** As long as no socket has ever opened, a network may swallow them, and plain HTTP is tried soon. */
const FIRST_CONNECT_MS = 5_000;
/** Sockets in a row that did not open. */
const MISSES = 2;
/** Over HTTP, the socket is tried again so often. */
const UPGRADE_MS = 600_000;
/** After so long a silence a `ping` checks the connection. */
const SILENCE_MS = 15_000;
const HIDDEN_SILENCE_MS = 25_000;
/** The gateway answers a `ping` at once, without storage. */
const PONG_MS = 5_000;
/** Less than the 10 s in which the gateway expects `open`. */
const WARM_MS = 8_000;

export class Connection {
  #urls;
  #owner;
  #backoff;
  /** @type {Line | null} */
  #line = null;
  /** @type {EarlySocket | null} what the page opened before this code had loaded */
  #early = null;
  /** @type {Line | null} a socket that may replace plain HTTP */
  #upgrade = null;
  /** Otherwise the line is a spare, connected early. */
  #wanted = false;
  /** A socket has opened once, so sockets come through. */
  #proven = false;
  #misses;
  #opened = false;
  /** Plain HTTP is tried, and not yet known to work. */
  #trying = false;
  /** As `bye` told; -1 without it. */
  #drainMs = -1;
  /** @type {Map<string, Timer>} */
  #timers = new Map();
  #listeners = new AbortController();

  /** @param {{socket: string, http: string}} urls @param {ConnectionOwner} owner @param {Backoff} [backoff] */
  constructor(urls, owner, backoff = new Backoff()) {
    this.#urls = urls;
    this.#owner = owner;
    this.#backoff = backoff;
    this.#misses = this.#recall('misses');
    const { signal } = this.#listeners;
    for (const name of ['online', 'offline', 'pageshow']) addEventListener(name, () => this.probe(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden || this.probe(), { signal });
  }

  /** Connects early. @param {EarlySocket} [early] */
  warm(early) {
    if (this.#line || this.#wanted) return;
    this.#early = early ?? null;
    this.#connect();
    this.#after('warm', WARM_MS, () => this.#drop());
  }

  /** Opens the attempt, or opens it again. */
  open() {
    if (this.#wanted) this.#drop();
    this.#wanted = true;
    this.#cancel('warm');
    if (!this.#line) this.#connect();
    else if (this.#line.readyState === WebSocket.OPEN) this.#greet();
  }

  /** @param {object} message lost if the channel is down */
  send(message) {
    if (this.#line?.readyState === WebSocket.OPEN) this.#line.send(JSON.stringify(message));
  }

  /** Checks the connection; does not wait for a retry. */
  probe() {
    if (this.#timers.has('retry')) this.open();
    else if (this.#wanted && this.#line?.readyState === WebSocket.OPEN) this.#ask();
  }

  #ask() {
    this.send({ type: 'ping' });
    this.#after('line', PONG_MS, () => this.retry());
  }

  confirm() {
    this.#backoff.reset();
  }

  /** Reconnects after the backoff's delay. */
  retry() {
    this.#closed(1006);
  }

  close() {
    this.#wanted = false;
    this.#drop();
  }

  dispose() {
    this.#listeners.abort();
    this.close();
  }

  async #connect() {
    const early = this.#early;
    this.#drainMs = -1;
    this.#opened = false;
    this.#trying = !early && this.#misses >= MISSES && !this.#proven;
    const plain = this.#trying || (!early && this.#remembersHttp());
    this.#after('line', this.#proven || plain ? CONNECT_MS : FIRST_CONNECT_MS, () => this.retry());
    if (!plain) return this.#attach(early?.socket ?? new WebSocket(this.#urls.socket, [SUBPROTOCOL]));
    const waiting = this.#timers.get('line');
    /** @type {typeof import('./http-line.js')} */
    const { HttpLine } = await load('http-line.js');
    // Meanwhile it may have been given up.
    if (this.#timers.get('line') !== waiting || this.#line) return;
    this.#attach(new HttpLine(this.#urls.http));
    this.#after('upgrade', UPGRADE_MS, () => this.#tryUpgrade());
  }

  /** @param {Line} line */
  #attach(line) {
    this.#line = line;
    line.onmessage = ({ data }) => (this.#wanted ? this.#receive(parseMessage(data)) : this.#early?.inbox.push(data));
    line.onclose = ({ code }) => this.#closed(code);
    line.onopen = () => {
      this.#opened = true;
      this.#cancel('line');
      if (line instanceof WebSocket) this.#prove();
      if (this.#wanted) this.#greet();
    };
    if (line.readyState > WebSocket.OPEN) this.retry();
    else if (line === this.#early?.socket && line.readyState === WebSocket.OPEN) line.onopen();
  }

  /** Sockets come through. */
  #prove() {
    this.#proven = true;
    this.#keep('misses', 0);
  }

  #greet() {
    this.#listen();
    const greeting = JSON.stringify(this.#owner.greet());
    const { greeting: sent, inbox = [] } = this.#early ?? {};
    // A line is opened with a single message, and the page may have sent one before this code had loaded.
    if (sent && sent !== greeting) return this.open();
    if (!sent) this.#line?.send(greeting);
    this.#after('quiet', QUIET_MS, () => this.#backoff.reset());
    this.#early = null;
    for (const data of inbox) this.#receive(parseMessage(data));
  }

  /** Waits for the next sign of life. */
  #listen() {
    this.#after('line', document.hidden ? HIDDEN_SILENCE_MS : SILENCE_MS, () => this.#ask());
  }

  /** @param {ServerMessage | null} message */
  #receive(message) {
    this.#listen();
    if (this.#trying) this.#rememberHttp();
    this.#trying = false;
    if (message?.type === 'bye') {
      this.#drainMs = message.retry_after_ms ?? 0;
      // The node may die before it closes.
      this.#after('bye', this.#drainMs, () => this.#closed(1001));
    } else if (message) this.#owner.onMessage(message);
  }

  /** @param {number} code */
  #closed(code) {
    const drainMs = this.#drainMs;
    this.#misses = this.#opened ? 0 : this.#misses + 1;
    // Visitors who see nothing happen reload the page, and its count goes on.
    this.#keep('misses', this.#misses);
    this.#drop();
    if (!this.#wanted) return;
    const verdict = verdictOnClose(code, drainMs >= 0);
    if (verdict === 'retry' || verdict === 'drain') {
      const delayMs = verdict === 'drain' ? this.#backoff.spreadMs(drainMs) : this.#backoff.nextDelayMs();
      this.#after('retry', delayMs, () => this.open());
      this.#owner.onDown();
    } else {
      this.#wanted = false;
      this.#owner.onVerdict(verdict, code);
    }
  }

  #drop() {
    const lines = [this.#line, this.#upgrade];
    this.#line = this.#upgrade = this.#early = null;
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
    for (const line of lines) if (line) discard(line);
  }

  /** The network may let sockets through by now. */
  #tryUpgrade() {
    const socket = new WebSocket(this.#urls.socket, [SUBPROTOCOL]);
    this.#upgrade = socket;
    const end = () => {
      discard(socket);
      this.#upgrade = null;
      this.#rememberHttp();
      this.#after('upgrade', UPGRADE_MS, () => this.#tryUpgrade());
    };
    this.#after('upgrade', FIRST_CONNECT_MS, end);
    socket.onclose = end;
    socket.onopen = () => {
      this.#upgrade = null;
      this.#keep('http', 0);
      this.#drop();
      this.#prove();
      this.#opened = false;
      this.#attach(socket);
      this.#line?.onopen?.();
    };
  }

  /** @returns {boolean} for ten minutes, in this tab */
  #remembersHttp() {
    return this.#recall('http') > Date.now();
  }

  #rememberHttp() {
    this.#keep('http', Date.now() + UPGRADE_MS);
  }

  /** @param {string} name @returns {number} what the tab remembers of the network to the gateway; 0 for nothing */
  #recall(name) {
    try {
      return Number(sessionStorage.getItem(this.#key(name)));
    } catch {
      return 0;
    }
  }

  /** @param {string} name @param {number} value */
  #keep(name, value) {
    try {
      if (value) sessionStorage.setItem(this.#key(name), String(value));
      else sessionStorage.removeItem(this.#key(name));
    } catch {
      // This connection knows it; a reloaded page finds it out again.
    }
  }

  /** @param {string} name */
  #key(name) {
    return `test-widget ${name} ${this.#urls.http}`;
  }

  /** @param {string} name @param {number} delayMs @param {() => void} action */
  #after(name, delayMs, action) {
    this.#cancel(name);
    const run = () => {
      this.#timers.delete(name);
      action();
    };
    this.#timers.set(name, setTimeout(run, delayMs));
  }

  /** @param {string} name */
  #cancel(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

/** @param {Line} line */
function discard(line) {
  line.onopen = line.onmessage = line.onclose = null;
  line.close();
}
