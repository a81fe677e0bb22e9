/** The messages of a socket over plain HTTP, for networks that let no WebSocket through. It looks like a WebSocket. */

/** A reply to messages takes longer than a round trip only if the storage is slow. */
const SEND_MS = 20_000;
/** The gateway holds a poll for up to 25 s. */
const POLL_MS = 40_000;
/** @type {Record<number, number>} close codes for statuses that have no messages; any other is a lost line */
const CLOSES = { 400: 4000, 413: 1009, 415: 4000, 429: 4101, 503: 4100 };

/** @implements {Line} */
export class HttpLine {
  #url;
  /** @type {string[]} */
  #queue = [];
  /** @type {string | null} what the gateway calls this opening; the newest name counts */
  #connection = null;
  #sending = false;
  #ended = new AbortController();

  /** @type {number} */
  readyState = WebSocket.OPEN;
  /** @type {Line['onopen']} */
  onopen = null;
  /** @type {Line['onmessage']} */
  onmessage = null;
  /** @type {Line['onclose']} */
  onclose = null;

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
    queueMicrotask(() => this.onopen?.());
  }

  /** @param {string} message */
  send(message) {
    this.#queue.push(message);
    // What is sent in the same breath goes into one request.
    queueMicrotask(() => this.#flush());
  }

  close() {
    this.readyState = WebSocket.CLOSED;
    this.#ended.abort();
  }

  async #flush() {
    if (this.#sending || !this.#queue.length || this.#ended.signal.aborted) return;
    this.#sending = true;
    const body = `{"messages":[${this.#queue.splice(0).join()}],"connection":${JSON.stringify(this.#connection)}}`;
    const isFirst = this.#connection === null;
    await this.#call(this.#url, isFirst ? body.replace(/,"connection":null}$/, '}') : body, SEND_MS);
    this.#sending = false;
    if (isFirst && this.#connection !== null) this.#poll();
    this.#flush();
  }

  async #poll() {
    while (!this.#ended.signal.aborted) {
      await this.#call(`${this.#url}/poll`, JSON.stringify({ connection: this.#connection }), POLL_MS);
    }
  }

  /** @param {string} url @param {string} body @param {number} withinMs */
  async #call(url, body, withinMs) {
    const limit = new AbortController();
    const { signal } = this.#ended;
    const stop = () => limit.abort();
    const timer = setTimeout(stop, withinMs);
    signal.addEventListener('abort', stop);
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'text/plain' },
        credentials: 'omit',
        signal: limit.signal,
      });
      const reply = response.ok ? await response.json() : { close: CLOSES[response.status] ?? 1006 };
      if (!signal.aborted) this.#take(reply);
    } catch {
      this.#end(1006);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  /** @param {{messages?: object[], connection?: string, close?: number | null}} reply */
  #take({ messages = [], connection, close }) {
    this.#connection = connection ?? this.#connection;
    for (const data of messages) if (!this.#ended.signal.aborted) this.onmessage?.({ data });
    if (close) this.#end(close);
  }

  /** @param {number} code */
  #end(code) {
    if (this.#ended.signal.aborted) return;
    this.close();
    this.onclose?.({ code });
  }
}
