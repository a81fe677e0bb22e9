/**
 * What is on the screen, as pure state transitions. No DOM, no clock, no network.
 *
 * @import {Action, Entry, Question, SessionMessage, State} from './shapes.js'
 */

/** @returns {State} */
export function initialState() {
  return {
    phase: 'loading',
    info: null,
    session: null,
    test: null,
    questions: [],
    answers: new Map(),
    current: null,
    online: false,
    pending: 0,
    pauseAfter: 0,
    yielded: false,
    resultKey: null,
    trouble: null,
    refused: new Set(),
    begun: false,
  };
}

/**
 * @param {State} state
 * @param {Action} action
 * @returns {State} the same object when nothing changed
 */
export function reduce(state, action) {
  switch (action.type) {
    case 'info':
      return { ...state, info: action.info, phase: 'welcome', trouble: null };
    case 'starting':
      return afterStart(state);
    case 'begin':
      return afterInstruction(state);
    case 'session':
      return afterSession(state, action.message, action.unsaved);
    case 'answer':
      return afterAnswer(state, action.value);
    case 'back':
      return canGoBack(state) ? { ...state, current: state.questions[indexOf(state) - 1].id } : state;
    case 'pending':
      return state.pending === action.pending ? state : { ...state, pending: action.pending };
    case 'refused':
      return afterRefusal(state, action.question);
    case 'pause':
      return { ...state, phase: 'pause', pauseAfter: action.message.after, yielded: action.yielded, trouble: null };
    case 'resumed': {
      const questions = merge(state.questions, action.questions);
      return goTo({ ...state, questions }, action.next);
    }
    case 'finished':
      return { ...state, phase: 'finish', resultKey: action.resultKey, trouble: null };
    case 'online':
      return state.online === action.online ? state : { ...state, online: action.online };
    case 'trouble':
      return { ...state, phase: 'trouble', trouble: action.trouble };
  }
}

/** @param {State} state @returns {Question | null} */
export function currentQuestion(state) {
  return state.questions[indexOf(state)] ?? null;
}

/**
 * A question under a timer is not entered twice, or its time could be stretched.
 *
 * @param {State} state
 */
export function canGoBack(state) {
  const previous = state.questions[indexOf(state) - 1];
  return state.phase === 'question' && !!previous && !previous.timer && currentQuestion(state)?.back !== false;
}

/** @param {State} state @returns {number} questions in the whole test, those behind the pause included */
export function total(state) {
  return state.test?.length ?? state.info?.length ?? state.questions.length;
}

/** @param {State} state Every question of the test is here and answered. */
export function isComplete(state) {
  const { questions, answers } = state;
  return questions.length >= total(state) && questions.every(({ id }) => answers.has(id));
}

/** @param {State} state */
function indexOf(state) {
  return state.questions.findIndex(({ id }) => id === state.current);
}

/** @param {State} state @returns {State} the instruction is read while the channel opens */
function afterStart({ info }) {
  return { ...initialState(), info, phase: info?.instruction ? 'instruction' : 'loading' };
}

/** @param {State} state @returns {State} */
function afterInstruction(state) {
  const phase = state.current ? 'question' : 'waiting';
  return { ...state, begun: true, phase: state.session ? phase : 'loading' };
}

/** @param {State} state @param {SessionMessage} message @param {Entry[]} unsaved @returns {State} */
function afterSession(state, message, unsaved) {
  const answers = new Map(message.answers);
  for (const { question, value } of unsaved) answers.set(question, value);
  /** @type {State} */
  const next = {
    ...state,
    session: message.session,
    test: message.test,
    questions: message.questions,
    answers,
    online: true,
    trouble: null,
    resultKey: message.result_key ?? null,
  };
  if (message.state === 'finished') return { ...next, phase: 'finish' };
  if (message.state === 'awaiting_payment') return { ...next, phase: state.phase === 'pause' ? 'pause' : 'waiting' };
  if (message.test.instruction && !state.begun && answers.size === 0) {
    return { ...goTo(next, message.next), phase: 'instruction' };
  }
  // A reconnect leaves the visitor where he is; who waited for the gateway goes on.
  const stays = state.session === message.session && state.phase !== 'pause' && currentQuestion(next);
  return stays ? { ...next, phase: 'question' } : goTo(next, message.next);
}

/** @param {State} state @param {string[]} value */
function afterAnswer(state, value) {
  const { current, questions } = state;
  if (current === null) return state;
  const answers = new Map(state.answers).set(current, value);
  const refused = new Set(state.refused);
  refused.delete(current);
  return goTo({ ...state, answers, refused }, questions[indexOf(state) + 1]?.id ?? null, true);
}

/** @param {State} state @param {string} question */
function afterRefusal(state, question) {
  const answers = new Map(state.answers);
  answers.delete(question);
  const next = { ...state, answers, refused: new Set(state.refused).add(question) };
  // Amid the questions the visitor is not torn away: the end leads back to the open one.
  return state.phase === 'waiting' ? goTo(next, null) : next;
}

/**
 * Shows the question named, else the first one open, else waits for the gateway's word.
 *
 * @param {State} state
 * @param {string | null} id
 * @param {boolean} [revisit] the question named may be an answered one
 * @returns {State}
 */
function goTo(state, id, revisit = false) {
  const named = state.questions.find((question) => question.id === id && (revisit || !state.answers.has(id)));
  const target = named ?? state.questions.find((question) => !state.answers.has(question.id));
  return { ...state, current: target?.id ?? null, phase: target ? 'question' : 'waiting', trouble: null };
}

/** @param {Question[]} known @param {Question[]} more */
function merge(known, more) {
  const ids = new Set(more.map(({ id }) => id));
  return [...known.filter(({ id }) => !ids.has(id)), ...more];
}
