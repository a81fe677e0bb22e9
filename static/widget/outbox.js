/** Answers that are not stored yet, and what the tab remembers. No DOM. */

/** The answers that no `ack` covers yet, in the order in which they were given. */
export class Outbox {
  #entries;
  /** The last one that a gateway told. */
  #generation;
  #seq = 0;
  /** The attempt is open, so answers have a generation. */
  #entered = false;

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
    // An answer that comes before the gateway has opened the attempt gets its place when it has.
    const generation = this.#entered ? this.#generation : undefined;
    const entry = { generation, seq: ++this.#seq, question, value };
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
    this.#entered = true;
    this.#generation = generation;
    // A gateway without generations stores nothing up to its `seq`.
    this.#seq = generation ? 0 : seq;
    // With it, after it, and if a backup took our generation away, all answers count as given now.
    const anew = !known || !generation || generation <= known;
    for (const entry of this.#entries) {
      if (anew || !entry.generation) Object.assign(entry, { generation, seq: ++this.#seq });
    }
    return this.unsaved;
  }

  /** @returns {OutboxSnapshot} */
  toJSON() {
    return { generation: this.#generation, entries: this.#entries };
  }
}

/** Characters of a test that the tab remembers, so that the host's page keeps its share of some five million. */
const MAX_TEST = 300_000;

/** A random UUID; on plain http `crypto` makes none. */
function newId() {
  const digit = () => (crypto.getRandomValues(new Uint8Array(1))[0] % 16).toString(16);
  return 'xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx'.replace(/x/g, digit);
}

/** What the browser's storage did not take, or took and forgot. It lives as long as the page. @type {Map<string, string>} */
const volatile = new Map();

/** Asks whoever leaves the page, if answers would be lost. @param {BeforeUnloadEvent} event */
function warn(event) {
  if ([...volatile.values()].some((text) => JSON.parse(text).outbox?.entries.length)) event.preventDefault();
}

/** The tab's own, since the next visitor of a shared computer must not continue this attempt. */
export class Memory {
  #key;

  /** @param {Place} place */
  constructor({ gateway, provider, test, sandbox }) {
    this.#key = `test-widget ${gateway} ${provider} ${test}${sandbox ? ' sandbox' : ''}`;
  }

  /** @returns {Remembered | null} */
  load() {
    const record = read(this.#key);
    return record?.session && record.resumeToken && Array.isArray(record.outbox?.entries) ? record : null;
  }

  /** @param {Remembered | Expected} record @returns {boolean} whether it survives a reload */
  save(record) {
    if (write(this.#key, record)) return true;
    // Answers are worth more than the questions.
    remove(this.#test);
    return write(this.#key, record);
  }

  /** @param {string} locale @param {Opening} opening @returns {Expected} the same again until an attempt is saved */
  expect(locale, { accessToken, answers }) {
    const opening = JSON.stringify([locale, accessToken, answers]);
    const record = read(this.#key);
    const expected = record?.opening === opening ? record : { openId: newId(), opening };
    this.save(expected);
    return expected;
  }

  forget() {
    for (const key of [this.#key, this.#drafts, this.#test]) remove(key);
  }

  /** @param {string} session @returns {Foreseen | null} its test, as it was when the page was left */
  foresee(session) {
    const kept = read(this.#test);
    return kept?.session === session && Array.isArray(kept.questions) ? { test: kept.test, questions: kept.questions } : null;
  }

  /** @param {string} session @param {Foreseen} foreseen */
  saveTest(session, { test, questions }) {
    const text = JSON.stringify({ session, test, questions });
    remove(this.#test);
    try {
      if (text.length <= MAX_TEST) sessionStorage.setItem(this.#test, text);
    } catch {
      // A reloaded page waits for the gateway.
    }
  }

  /** @param {string} session @returns {Drafts} what was typed or chosen in it, and not given as an answer */
  drafts(session) {
    const kept = read(this.#drafts);
    return new Map(kept?.session === session && Array.isArray(kept.drafts) ? kept.drafts : []);
  }

  /** @param {string} session @param {Drafts} drafts */
  saveDrafts(session, drafts) {
    if (drafts.size) write(this.#drafts, { session, drafts: [...drafts] });
    else remove(this.#drafts);
  }

  get #test() {
    return `${this.#key} test`;
  }

  get #drafts() {
    return `${this.#key} drafts`;
  }
}

/** @param {string} key @returns {any} what was stored last */
function read(key) {
  try {
    return JSON.parse(volatile.get(key) ?? sessionStorage.getItem(key) ?? 'null');
  } catch {
    return null; // No storage, or not our value.
  }
}

/** @param {string} key @param {object} value @returns {boolean} whether the browser has it, too */
function write(key, value) {
  const text = JSON.stringify(value);
  remove(key);
  try {
    sessionStorage.setItem(key, text);
    if (sessionStorage.getItem(key) === text) return true;
  } catch {
    // It is full, or there is none.
  }
  volatile.set(key, text);
  addEventListener('beforeunload', warn);
  return false;
}

/** @param {string} key */
function remove(key) {
  volatile.delete(key);
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
