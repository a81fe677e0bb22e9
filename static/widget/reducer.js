/** The screen as pure state transitions. No DOM, no clock, no network. */

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
    kept: true,
    pauseAfter: 0,
    yielded: false,
    offer: null,
    resultKey: null,
    trouble: null,
    refused: new Set(),
    begun: false,
    ahead: false,
    reaching: false,
  };
}

/** @param {State} state @param {Action} action @returns {State} */
export function reduce(state, action) {
  switch (action.type) {
    case 'info':
      return { ...state, info: action.info, phase: 'welcome', trouble: null };
    case 'starting':
      // The instruction is read while the channel opens.
      return afterStart(state, state.begun || action.informed);
    case 'begin': {
      const phase = state.current ? 'question' : 'waiting';
      return { ...state, begun: true, phase: state.session || state.ahead ? phase : 'loading' };
    }
    case 'ahead': {
      const { session, foreseen, answers } = action;
      const ahead = goTo({ ...state, ...foreseen, session, answers: new Map(answers) }, null);
      return ahead.current ? { ...ahead, ahead: true, reaching: true, phase: state.phase === 'instruction' ? 'instruction' : 'question' } : state;
    }
    case 'forgotten':
      return { ...initialState(), info: state.info };
    case 'session':
      return afterSession(state, action.message, action.unsaved);
    case 'answer':
      return afterAnswer(state, action.value);
    case 'back':
      return canGoBack(state) ? { ...state, current: state.questions[indexOf(state) - 1].id } : state;
    case 'pending':
      return { ...state, pending: action.pending, kept: action.kept };
    case 'refused':
      return afterRefusal(state, action.question);
    case 'offer':
      return { ...state, offer: action.offer };
    case 'pause':
      return { ...state, phase: 'pause', pauseAfter: action.after, yielded: action.yielded };
    case 'resumed': {
      const ids = new Set(action.questions.map(({ id }) => id));
      const questions = [...state.questions.filter(({ id }) => !ids.has(id)), ...action.questions];
      return goTo({ ...state, questions }, action.next);
    }
    case 'finished':
      return { ...state, phase: 'finish', resultKey: action.resultKey };
    case 'online':
      return { ...state, online: action.online, reaching: false };
    case 'reopening':
      return { ...state, online: false, phase: state.phase === 'trouble' ? 'loading' : state.phase };
    case 'trouble':
      // After a take-over the other window may go on, so the place is not kept.
      return { ...state, phase: 'trouble', trouble: action.trouble, current: action.trouble.kind === 'taken' ? null : state.current };
  }
}

/** @param {State} state @returns {Question | null} */
export function currentQuestion(state) {
  return state.questions[indexOf(state)] ?? null;
}

/** Nobody goes back to a question with a timer. @param {State} state */
export function canGoBack(state) {
  const previous = state.questions[indexOf(state) - 1];
  return state.phase === 'question' && !!previous && !previous.timer && currentQuestion(state)?.back !== false;
}

/** @param {State} state all questions of the test */
export function total(state) {
  return state.test?.length ?? state.info?.length ?? state.questions.length;
}

/** @param {State} state */
export function isComplete(state) {
  return state.questions.length >= total(state) && state.questions.every(({ id }) => state.answers.has(id));
}

/** @param {State} state */
function indexOf(state) {
  return state.questions.findIndex(({ id }) => id === state.current);
}

/** @param {State} state @param {boolean} begun @returns {State} */
function afterStart({ info }, begun) {
  return { ...initialState(), info, begun, phase: info?.instruction && !begun ? 'instruction' : 'loading' };
}

/** @param {State} state @param {SessionMessage} message @param {Entry[]} unsaved @returns {State} */
function afterSession(state, message, unsaved) {
  const { session, test, questions, result_key: resultKey = null } = message;
  const answers = new Map(message.answers);
  if (state.session === session) for (const question of state.refused) answers.delete(question);
  for (const { question, value } of unsaved) answers.set(question, value);
  /** @type {State} */
  const next = { ...state, session, test, questions, answers, resultKey, online: true, trouble: null, ahead: false, reaching: false };
  if (message.state === 'finished') return { ...next, phase: 'finish' };
  if (message.state === 'awaiting_payment') return { ...next, phase: state.phase === 'pause' ? 'pause' : 'waiting' };
  if (test.instruction && !state.begun && answers.size === 0) {
    return { ...goTo(next, message.next), phase: 'instruction' };
  }
  // After a reconnect the visitor stays there.
  const stays = state.ahead ? wasRight(state, next) : state.session === session;
  return stays && currentQuestion(next) ? { ...next, phase: 'question' } : goTo(next, message.next);
}

/**
 * Whether the question that was shown ahead is the right one: of the same version, and no other device has answered it since
 * this page was left.
 *
 * @param {State} ahead @param {State} told by the gateway
 */
function wasRight({ current, test, answers }, told) {
  return current !== null && test?.version === told.test?.version && answers.has(current) === told.answers.has(current);
}

/** @param {State} state @param {string[]} value @returns {State} */
function afterAnswer(state, value) {
  if (state.current === null) return state;
  const answers = new Map(state.answers).set(state.current, value);
  const refused = new Set(state.refused);
  refused.delete(state.current);
  // A changed answer leads to the next question, a new one to the next unanswered question.
  const revisit = state.answers.has(state.current);
  return goTo({ ...state, answers, refused }, state.questions[indexOf(state) + 1]?.id ?? null, revisit);
}

/** @param {State} state @param {string} question @returns {State} */
function afterRefusal(state, question) {
  const answers = new Map(state.answers);
  answers.delete(question);
  const next = { ...state, answers, refused: new Set(state.refused).add(question) };
  // A visitor at another question stays there.
  return state.phase === 'waiting' ? goTo(next, null) : next;
}

/**
 * To this question if it is unanswered or `revisit` is set; else to the first unanswered one; else it waits for the gateway.
 *
 * @param {State} state @param {string | null} id @param {boolean} [revisit] @returns {State}
 */
function goTo(state, id, revisit = false) {
  const open = state.questions.filter((question) => !state.answers.has(question.id));
  const target = (revisit ? state.questions : open).find((question) => question.id === id) ?? open[0];
  return { ...state, current: target?.id ?? null, phase: target ? 'question' : 'waiting' };
}
