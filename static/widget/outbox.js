/**
 * Answers on their way to durability, and what the tab remembers of them through reloads. No DOM.
 *
 * @import {Entry, OutboxSnapshot, Remembered} from './shapes.js'
 */

/**
 * Every answer of the attempt that this tab gave, so that it can re-send the unacknowledged ones and, should the
 * gateway have lost acknowledged ones, those too (spec/widget-protocol.md, recovery rules 1 to 3). Numbers
 * rise and are never used twice.
 */
export class Outbox {
  /** @type {Entry[]} in the order of seq */
  #entries;
  #acked;
  #seq;

  /** @param {OutboxSnapshot} [snapshot] what `toJSON` gave */
  constructor({ entries, acked, seq } = { entries: [], acked: 0, seq: 0 }) {
    this.#entries = [...entries];
    this.#acked = acked;
    this.#seq = seq;
  }

  /** @returns {Entry[]} given, not yet durable */
  get unsaved() {
    return this.#above(this.#acked);
  }

  /**
   * @param {string} question
   * @param {string[]} value
   * @returns {Entry} to be sent now or after the next `session`
   */
  add(question, value) {
    const entry = { seq: ++this.#seq, question, value };
    this.#entries.push(entry);
    return entry;
  }

  /** @param {number} seq everything up to it is durable; an older one changes nothing */
  ack(seq) {
    this.#acked = Math.max(this.#acked, seq);
  }

  /**
   * The gateway stored nothing under this number: the entry is void.
   *
   * @param {number} seq
   * @returns {Entry | undefined} the entry, if it is still the last word on its question
   */
  refuse(seq) {
    const refused = this.#entries.find((entry) => entry.seq === seq);
    this.#entries = this.#entries.filter((entry) => entry !== refused);
    const outdated = this.#entries.some((entry) => entry.seq > seq && entry.question === refused?.question);
    return outdated ? undefined : refused;
  }

  /**
   * Takes the gateway's word after a `session`. Told less than it had acknowledged, the gateway lost data
   * and gets all there is (rule 3); else what it has not got (rule 1).
   *
   * @param {number} told the highest seq that the gateway holds
   * @returns {Entry[]} to re-send, in order
   */
  reconcile(told) {
    const lost = told < this.#acked;
    this.#acked = told;
    this.#seq = Math.max(this.#seq, told);
    return lost ? [...this.#entries] : this.unsaved;
  }

  /** @returns {OutboxSnapshot} */
  toJSON() {
    return { entries: this.#entries, acked: this.#acked, seq: this.#seq };
  }

  /** @param {number} seq */
  #above(seq) {
    return this.#entries.filter((entry) => entry.seq > seq);
  }
}

/** Stands in where the browser forbids storage: a reload then forgets, moving the element does not. */
const volatile = new Map();

/**
 * The tab's own storage on purpose: on a shared computer (a school's, a job centre's) the next visitor must not
 * fall into the attempt of the one before.
 */
export class Memory {
  #key;

  /** @param {string} gateway @param {string} provider @param {string} test */
  constructor(gateway, provider, test) {
    this.#key = `test-widget ${gateway} ${provider} ${test}`;
  }

  /** @returns {Remembered | null} */
  load() {
    try {
      const record = JSON.parse(sessionStorage.getItem(this.#key) ?? 'null');
      if (record?.session && record.resumeToken && Array.isArray(record.outbox?.entries)) return record;
    } catch {
      // No storage here, or somebody else's value in it.
    }
    return volatile.get(this.#key) ?? null;
  }

  /** @param {Remembered} record */
  save(record) {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(record));
    } catch {
      volatile.set(this.#key, JSON.parse(JSON.stringify(record)));
    }
  }

  forget() {
    volatile.delete(this.#key);
    try {
      sessionStorage.removeItem(this.#key);
    } catch {
      // Nothing was kept, so nothing is left.
    }
  }
}
