/** Runs a test: decides what is sent, what is shown and which events the host gets. */
import { Connection } from './connection.js';
import { Memory, Outbox } from './outbox.js';
import { answerMessage, channelUrl, httpUrl, isTransient, openMessage } from './protocol.js';
import { currentQuestion, initialState, isComplete, reduce, total } from './reducer.js';

/** @type {Record<number, string>} for closes without an `error` */
const CLOSE_REASONS = {
  4003: 'origin_not_allowed',
  4004: 'test_not_found',
  4009: 'taken_over',
  4301: 'token_invalid',
};

export class Player {
  #place;
  #listener;
  #memory;
  #connection;
  #state = initialState();
  #outbox = new Outbox();
  /** @type {Opening} what the next `open` contains */
  #opening = {};
  /** The opening is what the tab remembered; if it is out of date, no error is shown. */
  #remembered = false;
  /** @type {'online' | 'offline' | null} */
  #told = null;
  /** @type {string | null} the error that explains the close */
  #fatal = null;
  #finishing = false;
  /** The screen shows other answers than the `session` message. */
  #differs = false;
  /** @type {Drafts} what was typed or chosen, by question, and not given as an answer */
  #drafts = new Map();
  /** Those who wait for the gateway's time. @type {((nowMs: number) => void)[]} */
  #asking = [];
  /** @type {Foreseen | null} the test of a new attempt */
  #foreseen = null;
  /** @type {number | null | undefined} the version of the test that the answers of an attempt to come are of */
  #version;
  /** @type {Expected | null} what is remembered of an attempt to come */
  #expected = null;
  /** @type {string | null} why nothing could be shown, as the host was told */
  #loadFailed = null;
  /** @type {string | null} the attempt whose end was told */
  #finished = null;

  /** @param {Place} place @param {PlayerListener} listener */
  constructor(place, listener) {
    this.#place = place;
    this.#listener = listener;
    this.#memory = new Memory(place);
    this.#connection = new Connection({ socket: this.channelUrl, http: httpUrl(place.gateway) }, {
      greet: () => openMessage(this.#place, this.#opening),
      onMessage: (message) => this.#receive(message),
      onDown: () => this.#down(),
      onVerdict: (verdict, code) => this.#judge(verdict, code),
    });
  }

  get state() {
    return this.#state;
  }

  get channelUrl() {
    return channelUrl(this.#place.gateway);
  }

  get resumable() {
    return this.#memory.load() !== null;
  }

  /** @returns {AnswerPair[]} in question order */
  get answers() {
    const { answers, questions } = this.#state;
    const rank = new Map(questions.map(({ id }, index) => [id, index]));
    return [...answers].sort(([a], [b]) => (rank.get(a) ?? -1) - (rank.get(b) ?? -1));
  }

  /** The language of new attempts. @param {string} locale */
  set locale(locale) {
    this.#place = { ...this.#place, locale };
    this.#foreseen = null;
  }

  /** @param {EarlySocket} [early] see Connection.warm */
  warm(early) {
    this.#connection.warm(early);
  }

  /** What is typed or chosen for a question, and not given as an answer. @param {string} id */
  draft(id) {
    return this.#drafts.get(id) ?? null;
  }

  /** @param {string} id @param {string[] | null} value */
  keepDraft(id, value) {
    const { session } = this.#state;
    if (JSON.stringify(this.draft(id)) === JSON.stringify(value)) return;
    if (value) this.#drafts.set(id, value);
    else this.#drafts.delete(id);
    if (session) this.#memory.saveDrafts(session, this.#drafts);
  }

  /** @param {Test} info */
  welcome(info) {
    this.#dispatch({ type: 'info', info });
  }

  /** Lets a new attempt begin without a wait. @param {string} locale in which it was asked for @param {Foreseen} foreseen */
  foresee(locale, foreseen) {
    if (locale === this.#place.locale) this.#foreseen = foreseen;
  }

  /**
   * @param {Opening} opening without `session` a new attempt
   * @param {boolean} [informed] the visitor has seen the instruction
   */
  open(opening, informed = false) {
    const { session, resumeToken, answers } = opening;
    const known = this.#memory.load();
    const ours = session !== undefined && known?.session === session;
    this.#expected = session ? null : this.#memory.expect(this.#place.locale, opening);
    this.#opening = this.#expected ? { ...opening, openId: this.#expected.openId } : opening;
    this.#remembered = ours && known.resumeToken === resumeToken;
    this.#outbox = new Outbox(ours ? known.outbox : this.#expected?.outbox);
    this.#version = this.#expected?.version;
    this.#finishing = false;
    if (session && !ours) this.#memory.forget();
    this.#drafts = ours ? this.#memory.drafts(session) : new Map();
    this.#dispatch({ type: 'starting', informed });
    if (answers !== undefined && !Array.isArray(answers)) return this.fail('bad_message');
    if (session) this.#dispatch({ type: 'begin' });
    this.#connection.open();
    if (ours) this.#goAhead(session, this.#memory.foresee(session), known.answers ?? []);
    else if (!session && !answers && !opening.accessToken) this.#goAhead(null, this.#foreseen, []);
  }

  /**
   * Shows the first question before the gateway has opened the attempt. What is answered meanwhile is kept, and sent then.
   *
   * @param {string | null} session @param {Foreseen | null} foreseen @param {AnswerPair[]} answers
   */
  #goAhead(session, foreseen, answers) {
    // A timer runs from a moment that the gateway knows.
    if (!foreseen || foreseen.questions.some(({ timer }) => timer)) return;
    const { version } = foreseen.test;
    if (!session && this.#outbox.unsaved.length && this.#version !== version) return;
    this.#version = version;
    const given = this.#outbox.unsaved.map(({ question, value }) => /** @type {AnswerPair} */ ([question, value]));
    this.#dispatch({ type: 'ahead', session, foreseen, answers: [...answers, ...given] });
    if (this.#state.ahead) this.#count();
  }

  /** Continues the attempt that the tab remembers. */
  resume() {
    const known = this.#memory.load();
    this.open(known ? { session: known.session, resumeToken: known.resumeToken } : {});
  }

  /** @param {string} accessToken a new token, if the last one was refused */
  renew(accessToken) {
    const { trouble, session } = this.#state;
    if (trouble?.kind !== 'token') return;
    // If the attempt itself can't be opened any more, a new one begins with its answers.
    this.open({ answers: this.#opening.answers ?? (session ? this.answers : undefined), accessToken });
  }

  reconnect() {
    this.#dispatch({ type: 'reopening' });
    this.#connection.open();
  }

  begin() {
    this.#dispatch({ type: 'begin' });
  }

  back() {
    this.#dispatch({ type: 'back' });
  }

  /** @param {string} id of the question on the screen @param {string[]} value */
  answer(id, value) {
    const question = currentQuestion(this.#state);
    if (question?.id !== id || this.#state.phase !== 'question') return;
    const { number = null } = question;
    const news = !same(this.#state.answers.get(id), value);
    this.keepDraft(id, null);
    if (news) {
      const entry = this.#outbox.add(id, value);
      if (this.#state.online) this.#connection.send(answerMessage(entry));
      this.#count();
    }
    this.#dispatch({ type: 'answer', value });
    if (news) this.#emit('answer', { question: id, number, value });
    this.#finishIfComplete();
  }

  /** @param {string} code @param {boolean} [retryable] */
  fail(code, retryable = false) {
    this.#connection.close();
    this.#dispatch({ type: 'trouble', trouble: { kind: retryable ? 'network' : 'stop', code } });
    this.#emit('error', { code, message: '', retryable });
    this.#tellLoadFailed(code);
  }

  /** @returns {Promise<number>} the gateway's time, in milliseconds; it may never come */
  askTime() {
    this.#connection.send({ type: 'ping', clock: true });
    return new Promise((resolve) => this.#asking.push(resolve));
  }

  dispose() {
    this.#connection.dispose();
  }

  /** @param {ServerMessage} message */
  #receive(message) {
    switch (message.type) {
      case 'session':
        return this.#joined(message);
      case 'ack':
        return this.#saved(message);
      case 'pause': {
        if (this.#state.phase === 'pause') return;
        const { session, after, answers } = message;
        const offer = (/** @type {Offer} */ offered) => this.#dispatch({ type: 'offer', offer: offered });
        const shown = this.#emit('pause', { session, after, answers, offer }, true);
        return this.#dispatch({ type: 'pause', after, yielded: !shown });
      }
      case 'resumed': {
        const { questions, next } = message;
        const known = new Set(this.#state.questions.map(({ id }) => id));
        // It may be told twice.
        if (this.#state.phase !== 'pause' && questions.every(({ id }) => known.has(id))) return;
        this.#dispatch({ type: 'resumed', questions, next });
        this.#rememberTest();
        this.#emit('resumed', { session: this.#state.session, next });
        return;
      }
      case 'finished':
        return this.#end(message.result_key);
      case 'pong':
        if (message.now !== undefined) for (const told of this.#asking.splice(0)) told(message.now);
        return;
      case 'error':
        return this.#failed(message);
    }
  }

  /** @param {SessionMessage} message */
  #joined(message) {
    const { session, next, state } = message;
    const wasPaused = this.#state.phase === 'pause';
    const fresh = !this.#opening.session;
    const resumeToken = message.resume_token ?? this.#opening.resumeToken ?? '';
    // The access token is used up.
    this.#opening = { session, resumeToken };
    this.#fatal = null;
    this.#remembered = false;
    this.#finishing = false;
    const drafts = this.#drafts;
    this.#drafts = this.#memory.drafts(session);
    const isForeseen = fresh && message.test.version === this.#version;
    // What was answered belongs to questions of another version.
    if (fresh && !isForeseen) this.#outbox = new Outbox();
    this.#expected = null;
    const unsaved = this.#outbox.enter(message);
    this.#dispatch({ type: 'session', message, unsaved });
    if (isForeseen) for (const [id, value] of drafts) this.keepDraft(id, value);
    const stored = new Map(message.answers);
    this.#differs = unsaved.some(({ question, value }) => !same(stored.get(question) ?? value, value));
    this.#count();
    for (const entry of unsaved) this.#connection.send(answerMessage(entry));
    this.#rememberTest();
    this.#tell('online');
    this.#emit('ready', { session, state, answered: this.#state.answers.size, total: total(this.#state) });
    if (fresh) this.#emit('start', { session, resumeToken });
    if (wasPaused && state === 'running') this.#emit('resumed', { session, next });
    if (state === 'finished') this.#end(message.result_key ?? '');
    else this.#finishIfComplete();
  }

  /** @param {AckMessage} ack */
  #saved({ seq, generation }) {
    this.#outbox.ack(seq, generation);
    this.#connection.confirm();
    this.#count();
    const { pending, phase } = this.#state;
    this.#emit('saved', { seq, pending });
    // Only a new `session` tells whether another device's answer counts.
    if (this.#differs && pending === 0 && phase === 'question') this.reconnect();
    else this.#finishIfComplete();
  }

  #finishIfComplete() {
    const { phase, online, pending } = this.#state;
    if (phase !== 'waiting' || !online || pending > 0 || this.#finishing || !isComplete(this.#state)) return;
    this.#finishing = true;
    this.#connection.send({ type: 'finish' });
  }

  /** @param {string} resultKey */
  #end(resultKey) {
    const { session } = this.#state;
    this.#dispatch({ type: 'finished', resultKey });
    if (this.#finished === session) return;
    this.#finished = session;
    this.#emit('finish', { session, resultKey });
  }

  /** @param {ErrorMessage} error */
  #failed({ code, message, seq, generation, fatal }) {
    const retryable = isTransient(code);
    this.#emit('error', { code, message, retryable });
    if (fatal) this.#fatal = code;
    // The answer is sent again after the next `session`.
    else if (retryable) this.#connection.retry();
    else if (seq) this.#refused(seq, generation);
    else if (!this.#state.online) {
      // What opens the attempt is wrong, and stays so.
      this.#connection.close();
      this.#dispatch({ type: 'trouble', trouble: { kind: 'stop', code } });
      this.#tellLoadFailed(code);
    } else if (this.#finishing) this.#dispatch({ type: 'trouble', trouble: { kind: 'stop', code } });
  }

  /** @param {number} seq @param {number} [generation] */
  #refused(seq, generation) {
    const entry = this.#outbox.refuse(seq, generation);
    if (entry) this.#dispatch({ type: 'refused', question: entry.question });
    this.#count();
    this.#finishIfComplete();
  }

  #down() {
    this.#dispatch({ type: 'online', online: false });
    this.#tell('offline');
    if (this.#state.phase !== 'loading') return;
    this.#dispatch({ type: 'trouble', trouble: { kind: 'network', code: 'unreachable' } });
    this.#tellLoadFailed('unreachable');
  }

  /** @param {'stop' | 'taken' | 'renew'} verdict @param {number} closeCode */
  #judge(verdict, closeCode) {
    const { phase } = this.#state;
    const told = this.#fatal !== null;
    const code = this.#fatal ?? CLOSE_REASONS[closeCode] ?? `closed_${closeCode}`;
    const kind = verdict === 'renew' ? 'token' : verdict;
    this.#fatal = null;
    this.#dispatch({ type: 'online', online: false });
    this.#tell('offline');
    if (phase === 'finish') return;
    if (this.#remembered && code === 'session_not_found') {
      this.#memory.forget();
      this.#opening = {};
      this.#dispatch({ type: 'forgotten' });
      return this.#listener.onForgotten();
    }
    this.#dispatch({ type: 'trouble', trouble: { kind, code } });
    if (kind === 'stop') this.#tellLoadFailed(code);
    if (kind === 'token') this.#emit('token-needed', { reason: code });
    else if (!told) this.#emit('error', { code, message: `closed with ${closeCode}`, retryable: kind === 'taken' });
  }

  /** @param {'online' | 'offline'} state */
  #tell(state) {
    if (this.#told === state) return;
    this.#told = state;
    this.#emit('connection', { state, pending: this.#state.pending });
  }

  /** The host learns at once that nothing was shown, and why. @param {string} code */
  #tellLoadFailed(code) {
    if (this.#state.session || this.#state.info || this.#loadFailed === code) return;
    this.#loadFailed = code;
    this.#emit('load-failed', { code: code === 'unreachable' ? 'network' : code });
  }

  /** A reloaded page shows its first question by it. */
  #rememberTest() {
    const { session, test, questions } = this.#state;
    if (session && test) this.#memory.saveTest(session, { test, questions });
  }

  /** The outbox has changed. */
  #count() {
    const { session, resumeToken } = this.#opening;
    const outbox = this.#outbox.toJSON();
    let kept = true;
    if (session && resumeToken) kept = this.#memory.save({ session, resumeToken, outbox, answers: [...this.#state.answers] });
    else if (this.#expected) kept = this.#memory.save({ ...this.#expected, outbox, version: this.#version });
    this.#dispatch({ type: 'pending', pending: this.#outbox.unsaved.length, kept });
  }

  /** @param {Action} action */
  #dispatch(action) {
    this.#state = reduce(this.#state, action);
    this.#listener.onChange(this.#state);
  }

  /** @param {string} name @param {object} detail @param {boolean} [cancelable] */
  #emit(name, detail, cancelable) {
    return this.#listener.onEvent(name, detail, cancelable);
  }
}

/** @param {string[] | undefined} a @param {string[]} b */
function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
