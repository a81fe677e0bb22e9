/** Answers on their way to durability, and what the tab remembers of them. No DOM. */

/** Every answer of this tab's attempt; acknowledged ones too, which the gateway may yet lose. */
export class Outbox {
  /** @type {Entry[]} in the order of seq */
  #entries;
  #acked;
  #seq;

  /** @param {OutboxSnapshot} [snapshot] */
  constructor({ entries, acked, seq } = { entries: [], acked: 0, seq: 0 }) {
    this.#entries = [...entries];
    this.#acked = acked;
    this.#seq = seq;
  }

  /** The highest seq that is durable. */
  get acked() {
    return this.#acked;
  }

  /** Given, not yet durable. */
  get unsaved() {
    return this.#entries.filter(({ seq }) => seq > this.#acked);
  }

  /** @param {string} question @param {string[]} value */
  add(question, value) {
    const entry = { seq: ++this.#seq, question, value };
    this.#entries.push(entry);
    return entry;
  }

  /** @param {number} seq */
  ack(seq) {
    this.#acked = Math.max(this.#acked, seq);
  }

  /** @param {number} seq stored nowhere @returns {Entry | undefined} the entry, if nothing newer answers its question */
  refuse(seq) {
    const refused = this.#entries.find((entry) => entry.seq === seq);
    this.#entries = this.#entries.filter((entry) => entry !== refused);
    const outdated = this.#entries.some((entry) => entry.seq > seq && entry.question === refused?.question);
    return outdated ? undefined : refused;
  }

  /** @param {number} told by a `session` @returns {Entry[]} to re-send: what it lacks; all, if it lost what it acknowledged */
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
}

const volatile = new Map();

/** The tab's own: the next visitor of a shared computer must not fall into this attempt. */
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
      // No storage, or not our value.
    }
    return volatile.get(this.#key) ?? null;
  }

  /** @param {Remembered} record */
  save(record) {
    const text = JSON.stringify(record);
    try {
      sessionStorage.setItem(this.#key, text);
    } catch {
      volatile.set(this.#key, JSON.parse(text));
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
