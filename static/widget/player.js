/**
 * Plays one test: joins the channel, the outbox, the tab's memory and the reducer. It decides what is sent and
 * what the host page hears; it draws nothing.
 *
 * @import {Action, AnswerPair, ErrorMessage, Opening, ServerMessage, SessionMessage, State, Test} from './shapes.js'
 */
import { Connection } from './connection.js';
import { Memory, Outbox } from './outbox.js';
import { answerMessage, channelUrl, isTransient, openMessage } from './protocol.js';
import { currentQuestion, initialState, isComplete, reduce, total } from './reducer.js';

/**
 * What a close means that came without words.
 *
 * @type {Record<number, string>}
 */
const CLOSE_REASONS = {
  1009: 'message_too_large',
  4000: 'bad_message',
  4003: 'origin_not_allowed',
  4004: 'test_not_found',
  4009: 'taken_over',
  4301: 'token_invalid',
};

/**
 * @typedef {object} Place where the test is taken
 * @property {string} gateway
 * @property {string} provider
 * @property {string} test
 * @property {string} locale
 */

/**
 * @typedef {object} Listener
 * @property {(state: State) => void} onChange
 * @property {(name: string, detail: object, cancelable: boolean) => boolean} onEvent false: the host cancelled it
 * @property {() => void} onForgotten the attempt that this tab remembered is gone: begin at the beginning
 */

export class Player {
  #place;
  #listener;
  #memory;
  #connection;
  #state = initialState();
  #outbox = new Outbox();
  /** @type {Opening} what the next `open` says */
  #opening = {};
  /** The opening comes from this tab's memory: if it is out of date nobody needs to be troubled. */
  #remembered = false;
  /** @type {string | null} state last told to the host by a `connection` event */
  #told = null;
  /** @type {string | null} code of the last fatal error: the close that follows has no words */
  #fatal = null;
  #finishing = false;
  /** @type {string | null} the host has heard of its end */
  #finishedSession = null;

  /** @param {Place} place @param {Listener} listener */
  constructor(place, listener) {
    this.#place = place;
    this.#listener = listener;
    this.#memory = new Memory(place.gateway, place.provider, place.test);
    this.#connection = new Connection(this.channelUrl, {
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

  /** This tab holds an attempt to go on with. */
  get resumable() {
    return this.#memory.load() !== null;
  }

  /** @returns {AnswerPair[]} in question order */
  get answers() {
    const { answers, questions } = this.#state;
    const rank = new Map(questions.map(({ id }, index) => [id, index]));
    return [...answers].sort(([a], [b]) => (rank.get(a) ?? -1) - (rank.get(b) ?? -1));
  }

  /** @param {WebSocket} [socket] see Connection.warm */
  warm(socket) {
    this.#connection.warm(socket);
  }

  /** @param {Test} info shows the welcome screen */
  welcome(info) {
    this.#dispatch({ type: 'info', info });
  }

  /** @param {string} code why there is no welcome screen @param {boolean} retryable */
  unwelcome(code, retryable) {
    this.#dispatch({ type: 'trouble', trouble: { kind: retryable ? 'network' : 'stop', code } });
    this.#emit('error', { code, message: '', retryable });
  }

  /**
   * Begins or goes on with an attempt. Without a session it is a new one.
   *
   * @param {Opening} opening
   */
  open(opening) {
    const { session, resumeToken } = opening;
    const known = this.#memory.load();
    const ours = session !== undefined && known?.session === session;
    this.#opening = opening;
    this.#remembered = ours && known.resumeToken === resumeToken;
    this.#outbox = new Outbox(ours ? known.outbox : undefined);
    this.#finishing = false;
    if (!ours) this.#memory.forget();
    this.#dispatch({ type: 'starting' });
    if (session) this.#dispatch({ type: 'begin' });
    this.#connection.reopen();
  }

  /** @returns {boolean} false when the tab holds nothing to go on with */
  resumeRemembered() {
    const known = this.#memory.load();
    if (known) this.open({ session: known.session, resumeToken: known.resumeToken });
    return known !== null;
  }

  /** @param {string} accessToken a new one: opens again where an old one was refused */
  renew(accessToken) {
    if (this.#state.trouble?.kind !== 'token') return;
    this.open({ ...this.#opening, session: undefined, resumeToken: undefined, accessToken });
  }

  /** Takes the attempt back, asks again, or tries at once: whatever the trouble or pause screen offers. */
  reconnect() {
    this.#connection.reopen();
  }

  begin() {
    this.#dispatch({ type: 'begin' });
  }

  back() {
    this.#dispatch({ type: 'back' });
  }

  /** @param {string[]} value of the question on the screen; the same value again only moves on */
  answer(value) {
    const question = currentQuestion(this.#state);
    if (!question || this.#state.phase !== 'question') return;
    const known = this.#state.answers.get(question.id);
    const changed = JSON.stringify(known) !== JSON.stringify(value);
    if (changed) this.#submit(question.id, value);
    this.#dispatch({ type: 'answer', value });
    if (changed) this.#emit('answer', { question: question.id, number: question.number ?? null, value });
    this.#finishIfComplete();
  }

  /** The question on the screen is of a type that nobody here can draw. */
  stuck() {
    const code = 'unsupported_question';
    this.#connection.close();
    this.#dispatch({ type: 'trouble', trouble: { kind: 'stop', code } });
    this.#emit('error', { code, message: `question ${this.#state.current}`, retryable: false });
  }

  dispose() {
    this.#connection.dispose();
  }

  /** @param {string} question @param {string[]} value */
  #submit(question, value) {
    const entry = this.#outbox.add(question, value);
    this.#remember();
    if (this.#state.online) this.#connection.send(answerMessage(entry));
    this.#dispatch({ type: 'pending', pending: this.#outbox.unsaved.length });
  }


  /** @param {ServerMessage} message */
  #receive(message) {
    switch (message.type) {
      case 'session':
        return this.#joined(message);
      case 'ack':
        return this.#saved(message.seq);
      case 'pause': {
        if (this.#state.phase === 'pause') return;
        const { session, after, answers } = message;
        const shown = this.#emit('pause', { session, after, answers }, true);
        return this.#dispatch({ type: 'pause', message, yielded: !shown });
      }
      case 'resumed':
        this.#dispatch({ type: 'resumed', questions: message.questions, next: message.next });
        this.#emit('resumed', { session: this.#state.session, next: message.next });
        return;
      case 'finished':
        return this.#finished(message.result_key);
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
    // The one-time access token is spent now; from here on the attempt speaks for itself.
    this.#opening = { session, resumeToken };
    this.#fatal = null;
    this.#finishing = false;
    const unsaved = this.#outbox.reconcile(message.seq);
    this.#remember();
    this.#dispatch({ type: 'session', message, unsaved });
    this.#dispatch({ type: 'pending', pending: unsaved.length });
    for (const entry of unsaved) this.#connection.send(answerMessage(entry));
    this.#tell('online');
    this.#emit('ready', { session, state, answered: this.#state.answers.size, total: total(this.#state) });
    if (fresh) this.#emit('start', { session, resumeToken });
    if (wasPaused && state === 'running') this.#emit('resumed', { session, next });
    if (state === 'finished') this.#finished(message.result_key ?? '');
    else this.#finishIfComplete();
  }

  /** @param {number} seq */
  #saved(seq) {
    this.#outbox.ack(seq);
    this.#connection.confirm();
    this.#remember();
    const pending = this.#outbox.unsaved.length;
    this.#dispatch({ type: 'pending', pending });
    this.#emit('saved', { seq, pending });
    this.#finishIfComplete();
  }

  /** Everything is answered and durable: the gateway may make a result of it. */
  #finishIfComplete() {
    const { phase, online, pending } = this.#state;
    if (phase !== 'waiting' || !online || pending > 0 || this.#finishing || !isComplete(this.#state)) return;
    this.#finishing = true;
    this.#connection.send({ type: 'finish' });
  }

  /** @param {string} resultKey */
  #finished(resultKey) {
    const { session } = this.#state;
    this.#dispatch({ type: 'finished', resultKey });
    if (this.#finishedSession === session) return;
    this.#finishedSession = session;
    this.#emit('finish', { session, resultKey });
  }

  /** @param {ErrorMessage} error */
  #failed({ code, message, seq, fatal }) {
    const retryable = isTransient(code);
    this.#emit('error', { code, message, retryable });
    if (fatal) this.#fatal = code;
    else if (seq) this.#refused(seq, retryable);
    else if (this.#finishing && retryable) this.#connection.retry();
    else if (this.#finishing) this.#dispatch({ type: 'trouble', trouble: { kind: 'stop', code } });
  }

  /**
   * The number is used up, also where the answer may be accepted later: then it is given again under a new
   * one, after a pause and behind whatever else is on its way.
   *
   * @param {number} seq
   * @param {boolean} retryable
   */
  #refused(seq, retryable) {
    const entry = this.#outbox.refuse(seq);
    if (entry && retryable) this.#outbox.add(entry.question, entry.value);
    else if (entry) this.#dispatch({ type: 'refused', question: entry.question });
    this.#remember();
    this.#dispatch({ type: 'pending', pending: this.#outbox.unsaved.length });
    if (retryable) this.#connection.retry();
    else this.#finishIfComplete();
  }

  #down() {
    this.#dispatch({ type: 'online', online: false });
    this.#tell('offline');
    if (this.#state.phase !== 'loading') return;
    this.#dispatch({ type: 'trouble', trouble: { kind: 'network', code: 'unreachable' } });
  }

  /** @param {'stop' | 'taken' | 'renew'} verdict @param {number} closeCode */
  #judge(verdict, closeCode) {
    const { phase } = this.#state;
    const code = this.#fatal ?? CLOSE_REASONS[closeCode] ?? `closed_${closeCode}`;
    const told = this.#fatal !== null;
    this.#fatal = null;
    this.#dispatch({ type: 'online', online: false });
    this.#tell('offline');
    if (phase === 'finish') return;
    if (this.#remembered && code === 'session_not_found') {
      this.#memory.forget();
      this.#opening = {};
      return this.#listener.onForgotten();
    }
    const kind = verdict === 'renew' ? 'token' : verdict;
    this.#dispatch({ type: 'trouble', trouble: { kind, code } });
    if (kind === 'token') this.#emit('token-needed', { reason: code });
    else if (!told) this.#emit('error', { code, message: `closed with ${closeCode}`, retryable: kind === 'taken' });
  }

  /** @param {'online' | 'offline'} state */
  #tell(state) {
    if (this.#told === state) return;
    this.#told = state;
    this.#emit('connection', { state, pending: this.#state.pending });
  }

  #remember() {
    const { session, resumeToken } = this.#opening;
    if (session && resumeToken) this.#memory.save({ session, resumeToken, outbox: this.#outbox.toJSON() });
  }

  /** @param {Action} action */
  #dispatch(action) {
    const state = reduce(this.#state, action);
    if (state === this.#state) return;
    this.#state = state;
    this.#listener.onChange(state);
  }

  /** @param {string} name @param {object} detail @param {boolean} [cancelable] */
  #emit(name, detail, cancelable = false) {
    return this.#listener.onEvent(name, detail, cancelable);
  }
}
