/** A channel that reconnects by the protocol's rules. */
import { Backoff, QUIET_MS } from './backoff.js';
import { SUBPROTOCOL, parseMessage, verdictOnClose } from './protocol.js';

const CONNECT_MS = 15_000;
/** After so long a silence a `ping` checks the connection. */
const SILENCE_MS = 15_000;
const HIDDEN_SILENCE_MS = 25_000;
/** The gateway answers a `ping` at once, without storage. */
const PONG_MS = 5_000;
/** Less than the 10 s in which the gateway expects `open`. */
const WARM_MS = 8_000;

export class Connection {
  #url;
  #owner;
  #backoff;
  /** @type {WebSocket | null} */
  #socket = null;
  /** Otherwise the socket is a spare, connected early. */
  #wanted = false;
  /** As `bye` told; -1 without it. */
  #drainMs = -1;
  /** @type {Map<string, Timer>} */
  #timers = new Map();
  #listeners = new AbortController();

  /** @param {string} url @param {ConnectionOwner} owner @param {Backoff} [backoff] */
  constructor(url, owner, backoff = new Backoff()) {
    this.#url = url;
    this.#owner = owner;
    this.#backoff = backoff;
    const { signal } = this.#listeners;
    for (const name of ['online', 'offline']) addEventListener(name, () => this.probe(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden || this.probe(), { signal });
  }

  /** Connects early. @param {WebSocket} [socket] */
  warm(socket) {
    if (this.#socket || this.#wanted) return;
    this.#connect(socket);
    this.#after('warm', WARM_MS, () => this.#drop());
  }

  /** Opens the attempt, or opens it again. */
  open() {
    if (this.#wanted) this.#drop();
    this.#wanted = true;
    this.#cancel('warm');
    if (!this.#socket) this.#connect();
    else if (this.#socket.readyState === WebSocket.OPEN) this.#greet();
  }

  /** @param {object} message lost if the channel is down */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
  }

  /** Checks the connection; does not wait for a retry. */
  probe() {
    if (this.#timers.has('retry')) this.open();
    else if (this.#wanted && this.#socket?.readyState === WebSocket.OPEN) this.#ask();
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

  /** @param {WebSocket} [ready] */
  #connect(ready) {
    const socket = ready ?? new WebSocket(this.#url, [SUBPROTOCOL]);
    this.#socket = socket;
    this.#drainMs = -1;
    this.#after('line', CONNECT_MS, () => this.retry());
    socket.onopen = () => this.#wanted && this.#greet();
    socket.onmessage = ({ data }) => this.#receive(parseMessage(data));
    socket.onclose = ({ code }) => this.#closed(code);
    if (socket.readyState > WebSocket.OPEN) this.retry();
  }

  #greet() {
    this.#listen();
    this.send(this.#owner.greet());
    this.#after('quiet', QUIET_MS, () => this.#backoff.reset());
  }

  /** Waits for the next sign of life. */
  #listen() {
    this.#after('line', document.hidden ? HIDDEN_SILENCE_MS : SILENCE_MS, () => this.#ask());
  }

  /** @param {ServerMessage | null} message */
  #receive(message) {
    this.#listen();
    if (message?.type === 'bye') {
      this.#drainMs = message.retry_after_ms ?? 0;
      // The node may die before it closes.
      this.#after('bye', this.#drainMs, () => this.#closed(1001));
    } else if (message) this.#owner.onMessage(message);
  }

  /** @param {number} code */
  #closed(code) {
    const drainMs = this.#drainMs;
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
    const socket = this.#socket;
    this.#socket = null;
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
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
