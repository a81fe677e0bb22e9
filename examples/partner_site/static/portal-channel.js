/**
 * A device's end of the portal channel. Copy it to begin with: it reconnects, shows nothing twice,
 * and knows when to stop.
 */

const SUBPROTOCOL = 'widget-gateway.portal.v1';
const TOKEN_INVALID = 4301;
/** Codes after which the same attempt would fail again. */
const HOPELESS = new Set([1009, 4000]);
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

  /** The person has seen the event: it comes no more, on no device. */
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
    // The one place where a browser can put a token that does not end up in logs.
    const socket = new WebSocket(`${this.#url}/ws/v1/portal`, [SUBPROTOCOL, `bearer.${this.#token}`]);
    let pauseMs = null;
    this.#socket = socket;
    // A ping is answered once the token was accepted.
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
      if (this.#socket !== socket) return; // our own close()
      this.#socket = null;
      if (code === TOKEN_INVALID || HOPELESS.has(code)) {
        this.#told.state('ended');
        return;
      }
      this.#told.state('offline');
      this.#timer = setTimeout(() => this.#connect(), pauseMs ?? this.#backoffMs());
    };
  }

  /** Full jitter: devices that lost the same node must not come back together. */
  #backoffMs() {
    const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    return Math.random() * ceiling;
  }

  /**
   * After a reconnect everything comes again that no acknowledgement has arrived for: nothing
   * answers an `ack`, so one that was lost with its connection is noticed here.
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
