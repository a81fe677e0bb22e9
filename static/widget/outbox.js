/** Answers that are not stored yet, and what the tab remembers. No DOM. */

/** The answers that no `ack` covers yet, in the order in which they were given. */
export class Outbox {
  #entries;
  /** The last one that a gateway told. */
  #generation;
  #seq = 0;

  /** @param {OutboxSnapshot} [snapshot] */
  constructor({ generation, entries, acked = 0 } = { entries: [] }) {
    this.#generation = generation;
    this.#entries = entries.filter(({ seq }) => seq > acked);
  }

  get unsaved() {
    return [...this.#entries];
  }

  /** @param {string} question @param {string[]} value */
  add(question, value) {
    const entry = { generation: this.#generation, seq: ++this.#seq, question, value };
    this.#entries.push(entry);
    return entry;
  }

  /** @param {number} seq @param {number} [generation] */
  ack(seq, generation = this.#generation) {
    this.#entries = this.#entries.filter((entry) => entry.generation !== generation || entry.seq > seq);
  }

  /** @param {number} seq @param {number} [generation] @returns {Entry | undefined} unless a newer one answers its question */
  refuse(seq, generation = this.#generation) {
    const refused = this.#entries.find((entry) => entry.generation === generation && entry.seq === seq);
    const newest = this.#entries.findLast(({ question }) => question === refused?.question);
    this.#entries = this.#entries.filter((entry) => entry !== refused);
    return newest === refused ? refused : undefined;
  }

  /** @param {SessionMessage} session @returns {Entry[]} the answers to be sent again */
  enter({ generation, seq }) {
    const known = this.#generation;
    this.#generation = generation;
    // A gateway without generations stores nothing up to its `seq`.
    this.#seq = generation ? 0 : seq;
    // With it, after it, and if a backup took our generation away, all answers count as given now.
    if (!known || !generation || generation <= known) {
      for (const entry of this.#entries) Object.assign(entry, { generation, seq: ++this.#seq });
    }
    return this.unsaved;
  }

  /** @returns {OutboxSnapshot} */
  toJSON() {
    return { generation: this.#generation, entries: this.#entries };
  }
}

/** A random UUID; on plain http `crypto` makes none. */
function newId() {
  const digit = () => (crypto.getRandomValues(new Uint8Array(1))[0] % 16).toString(16);
  return 'xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx'.replace(/x/g, digit);
}

const volatile = new Map();

/** The tab's own, since the next visitor of a shared computer must not continue this attempt. */
export class Memory {
  #key;

  /** @param {string} gateway @param {string} provider @param {string} test */
  constructor(gateway, provider, test) {
    this.#key = `test-widget ${gateway} ${provider} ${test}`;
  }

  /** @returns {Remembered | null} */
  load() {
    const record = this.#read();
    return record?.session && record.resumeToken && Array.isArray(record.outbox?.entries) ? record : null;
  }

  /** @param {Remembered | Expected} record */
  save(record) {
    const text = JSON.stringify(record);
    try {
      sessionStorage.setItem(this.#key, text);
    } catch {
      this.forget();
      volatile.set(this.#key, JSON.parse(text));
    }
  }

  /** @param {string} locale @param {Opening} opening @returns {string} the same again until an attempt is saved */
  openId(locale, { accessToken, answers }) {
    const opening = JSON.stringify([locale, accessToken, answers]);
    const record = this.#read();
    const openId = record?.opening === opening ? record.openId : newId();
    this.save({ openId, opening });
    return openId;
  }

  forget() {
    volatile.delete(this.#key);
    try {
      sessionStorage.removeItem(this.#key);
    } catch {
      // Nothing was kept.
    }
  }

  #read() {
    try {
      const text = sessionStorage.getItem(this.#key);
      if (text) return JSON.parse(text);
    } catch {
      // No storage, or not our value.
    }
    return volatile.get(this.#key);
  }
}
