/**
 * One channel that stays up by the protocol's rules: greets, reconnects with full jitter, notices a dead peer,
 * obeys close codes and `bye`. What the messages mean is the owner's business. Touches no DOM tree, only the
 * page's `online` and `visibilitychange`.
 *
 * @import {ServerMessage} from './shapes.js'
 */
import { Backoff, QUIET_MS } from './backoff.js';
import { SUBPROTOCOL, parseMessage, verdictOnClose } from './protocol.js';

/** No word at all for this long after we spoke: the peer is taken for dead. */
const REPLY_MS = 15_000;
/** After a probe the answer must come sooner: the visitor is looking. */
const PROBE_MS = 4_000;
/** A socket opened ahead of need ends before the gateway's 10 s for the first `open` (4103). */
const WARM_MS = 8_000;

/**
 * @typedef {object} Owner
 * @property {() => object} greet the `open` message; asked for anew at every connection
 * @property {(message: ServerMessage) => void} onMessage
 * @property {() => void} onDown no channel just now; it comes back by itself
 * @property {(verdict: 'stop' | 'taken' | 'renew', code: number) => void} onVerdict no channel until `open()`
 */

export class Connection {
  #url;
  #owner;
  #backoff;
  /** @type {WebSocket | null} */
  #socket = null;
  /** Ours is the conversation on this socket, not a warm spare. */
  #wanted = false;
  #drainMs = -1;
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #timers = new Map();
  #listeners = new AbortController();

  /**
   * @param {string} url
   * @param {Owner} owner
   * @param {Backoff} [backoff]
   */
  constructor(url, owner, backoff = new Backoff()) {
    this.#url = url;
    this.#owner = owner;
    this.#backoff = backoff;
    const { signal } = this.#listeners;
    for (const name of ['online', 'offline']) addEventListener(name, () => this.probe(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden || this.probe(), { signal });
  }

  /**
   * Opens a socket ahead of need, to spare the handshake later; unneeded it is closed again.
   *
   * @param {WebSocket} [socket] one opened still earlier
   */
  warm(socket) {
    if (this.#socket || this.#wanted) return;
    this.#connect(socket);
    this.#after('warm', WARM_MS, () => this.#drop());
  }

  /** Opens the channel, or takes the warm socket. */
  open() {
    this.#wanted = true;
    this.#cancel('warm');
    this.#cancel('retry');
    if (!this.#socket) this.#connect();
    else if (this.#socket.readyState === WebSocket.OPEN) this.#greet();
  }

  /** Begins the conversation, afresh if there was one. */
  reopen() {
    if (this.#wanted) this.#drop();
    this.open();
  }

  /** @param {object} message lost without a channel: the owner re-sends after the next `session` */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
    if (!this.#timers.has('reply')) this.#after('reply', REPLY_MS, () => this.#lost());
  }

  /** Finds out at once whether the channel lives: retries now, or asks for a sign of life. */
  probe() {
    if (!this.#wanted) return;
    if (this.#timers.has('retry')) this.open();
    else if (this.#socket?.readyState === WebSocket.OPEN) {
      this.send({ type: 'ping' });
      this.#after('reply', PROBE_MS, () => this.#lost());
    }
  }

  /** Something of ours became durable: the gateway is well. */
  confirm() {
    this.#backoff.reset();
  }

  /** Leaves, and comes back after the backoff's delay. */
  retry() {
    this.#lost();
  }

  /** Hangs up and stays away until `open()`. */
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
    this.#after('reply', REPLY_MS, () => this.#lost());
    socket.onopen = () => this.#wanted && this.#greet();
    socket.onmessage = ({ data }) => this.#receive(parseMessage(data));
    socket.onclose = ({ code }) => this.#closed(code);
    if (socket.readyState === WebSocket.OPEN) socket.onopen(new Event('open'));
    else if (socket.readyState > WebSocket.OPEN) this.#lost();
  }

  #greet() {
    this.send(this.#owner.greet());
    this.#after('quiet', QUIET_MS, () => this.#backoff.reset());
  }

  /** @param {ServerMessage | null} message */
  #receive(message) {
    this.#cancel('reply');
    if (message?.type === 'bye') {
      this.#drainMs = message.retry_after_ms ?? 0;
      // A node that dies before it closes must not keep us.
      this.#after('reply', this.#drainMs, () => this.#closed(1001));
    } else if (message) this.#owner.onMessage(message);
  }

  #lost() {
    this.#closed(1006);
  }

  /** @param {number} code */
  #closed(code) {
    const drainMs = this.#drainMs;
    this.#drop();
    if (!this.#wanted) return;
    const verdict = verdictOnClose(code, drainMs >= 0);
    if (verdict === 'retry' || verdict === 'drain') {
      this.#owner.onDown();
      const delayMs = verdict === 'drain' ? this.#backoff.spreadMs(drainMs) : this.#backoff.nextDelayMs();
      this.#after('retry', delayMs, () => this.open());
    } else {
      this.#wanted = false;
      this.#owner.onVerdict(verdict, code);
    }
  }

  /** Lets go of the socket; no event of it reaches us any more. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    for (const name of this.#timers.keys()) this.#cancel(name);
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
