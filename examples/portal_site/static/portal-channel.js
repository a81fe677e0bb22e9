/**
 * A device's end of the portal channel. Begin by copying it: it reconnects, shows no event twice,
 * and knows when to stop.
 */

const SUBPROTOCOL = 'widget-gateway.portal.v1';
/** The close code for a token that is not valid, or whose sign-in has ended. */
const TOKEN_INVALID = 4301;
/** Close codes after which connecting again would fail in the same way. */
const HOPELESS = new Set([1009, 4000]);
/** The longest pause before the first reconnection; it doubles with each failure. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export class PortalChannel {
  #url;
  #token;
  #told;
  #socket = null;
  #timer = 0;
  #failures = 0;
  #shown = new Set();
  #acknowledged = new Set();

  /**
   * @param {string} url ws:// or wss:// address of the gateway
   * @param {string} token the access token
   * @param {{event(event: object): void, state(name: 'connecting'|'online'|'offline'|'ended'): void}} told
   */
  constructor(url, token, told) {
    this.#url = url;
    this.#token = token;
    this.#told = told;
    this.#connect();
  }

  /** Tells the gateway that the person has seen the event, which then comes to no device any more. */
  acknowledge(id) {
    this.#acknowledged.add(id);
    this.#send({ type: 'ack', id });
  }

  close() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #connect() {
    this.#told.state('connecting');
    // A subprotocol is the only place for a token in a browser's WebSocket that is not logged.
    const socket = new WebSocket(`${this.#url}/ws/v1/portal`, [SUBPROTOCOL, `bearer.${this.#token}`]);
    let pauseMs = null;
    this.#socket = socket;
    // The gateway answers a ping as soon as it has accepted the token.
    socket.onopen = () => this.#send({ type: 'ping' });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'pong') {
        this.#failures = 0;
        this.#told.state('online');
      } else if (message.type === 'event') {
        this.#receive(message);
      } else if (message.type === 'bye') {
        pauseMs = Math.random() * message.retry_after_ms;
      }
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return; // close() was called.
      this.#socket = null;
      if (code === TOKEN_INVALID || HOPELESS.has(code)) {
        this.#told.state('ended');
        return;
      }
      this.#told.state('offline');
      this.#timer = setTimeout(() => this.#connect(), pauseMs ?? this.#backoffMs());
    };
  }

  /** A random wait (full jitter), so that devices that lost the same node do not come back together. */
  #backoffMs() {
    const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    return Math.random() * ceiling;
  }

  /**
   * After a reconnect all events come again whose acknowledgement did not arrive. Nothing answers an
   * `ack`, so this is how an `ack` that was lost with its connection is noticed.
   */
  #receive(event) {
    if (this.#acknowledged.has(event.id)) {
      this.#send({ type: 'ack', id: event.id });
    } else if (!this.#shown.has(event.id)) {
      this.#shown.add(event.id);
      this.#told.event(event);
    }
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
