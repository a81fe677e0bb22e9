/** The question's screen. A new type is a module in types/, a line in TYPES and its words in texts/. */
import { canGoBack, currentQuestion, total } from './reducer.js';
import { h, heading, picture } from './screens.js';

/** @type {Record<string, () => Promise<QuestionType>>} */
const TYPES = {
  option: () => import('./types/option.js'),
  gradient: () => import('./types/gradient.js'),
};

/** @type {Map<string, QuestionType>} */
const loaded = new Map();
/** @type {typeof import('./extras.js') | undefined} */
let extras;

/** @param {Question} question */
export function canShow(question) {
  return loaded.has(question.type) && (extras !== undefined || !needsExtras(question));
}

/** @param {Question[]} questions whose code is fetched, as far as there is any */
export async function bring(questions) {
  const types = [...new Set(questions.map(({ type }) => type))];
  const missing = types.filter((type) => Object.hasOwn(TYPES, type) && !loaded.has(type));
  const jobs = missing.map(async (type) => {
    loaded.set(type, await TYPES[type]());
  });
  if (!extras && questions.some(needsExtras)) jobs.push(import('./extras.js').then((module) => void (extras = module)));
  await Promise.allSettled(jobs);
}

/** @param {Question} question */
function needsExtras({ html, timer }) {
  return Boolean(html || timer);
}

/** @param {ScreenContext} context of a question that can be shown @param {QuestionActions} actions */
export function questionScreen(context, actions) {
  const { state, t, level } = context;
  const question = /** @type {Question} */ (currentQuestion(state));
  const { render } = /** @type {QuestionType} */ (loaded.get(question.type));
  const { asset } = actions;
  let value = state.answers.get(question.id) ?? null;
  const notice = h('p', { class: 'notice', id: 'notice' }, state.refused.has(question.id) && t.refused);

  const submit = () => {
    if (value || question.forward) return actions.answer(question.id, value ?? []);
    notice.textContent = t.choose;
    actions.say(t.choose);
    form.querySelector('input')?.focus();
  };
  /** @type {TypeContext['choose']} */
  const choose = (chosen, advance) => {
    value = chosen;
    notice.textContent = '';
    next.textContent = isLast(context) ? t.finish : t.next;
    if (advance && actions.autoAdvance()) submit();
  };

  const skips = !value && question.forward;
  const next = h('button', { class: 'primary', part: 'next' }, skips ? t.skip : isLast(context) ? t.finish : t.next);
  const back = h('button', { type: 'button', class: 'quiet', part: 'back', 'data-action': 'back' }, t.back);
  // How to answer is explained once; the switch tells it again.
  const describedBy = state.answers.size ? 'notice' : 'hint notice';
  const form = h(
    'form',
    { part: 'question', novalidate: true },
    h(
      'fieldset',
      { 'aria-describedby': describedBy, lang: state.test?.locale },
      h('legend', {}, heading(level, question.text || t.scale)),
      question.html && extras?.rich(question.html),
      question.image && picture(asset(question.image), t.image),
      render({ question, value, t, asset, choose, radio: radios(value, choose) }),
    ),
    notice,
    h('div', { class: 'actions' }, canGoBack(state) && back, next),
    autoAdvanceSwitch(context, actions),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  // The second click of a double one would answer the next question.
  form.addEventListener('click', (event) => event.detail > 1 && event.preventDefault(), { capture: true });

  const clock = question.timer ? extras?.countdown(question, t, actions) : null;
  return { nodes: clock ? [clock.node, form] : [form], stop: () => clock?.stop() };
}

/**
 * Arrow keys select, which is looking around; a click, a touch, Space and Enter are meant.
 *
 * @param {string[] | null} value @param {TypeContext['choose']} choose @returns {TypeContext['radio']}
 */
function radios(value, choose) {
  let browsing = false;
  return (own) => {
    const input = h('input', { type: 'radio', name: 'answer', value: own, checked: value?.[0] === own });
    let again = false;
    input.addEventListener('keydown', (event) => {
      browsing = event.key.startsWith('Arrow');
      again = event.key === ' ' && input.checked;
      if (event.key !== 'Enter') return;
      event.preventDefault();
      input.checked = true;
      choose([own], true);
    });
    input.addEventListener('keyup', (event) => {
      browsing = false;
      // Browsers don't click a radio that is checked already.
      if (again && event.key === ' ') choose([own], true);
    });
    input.addEventListener('pointerdown', () => (browsing = false));
    input.addEventListener('click', () => choose([own], !browsing));
    return input;
  };
}

/** @param {ScreenContext} context */
function isLast({ state }) {
  return state.answers.size >= total(state) - 1 && state.questions.at(-1)?.id === state.current;
}

/** @param {ScreenContext} context @param {QuestionActions} actions */
function autoAdvanceSwitch({ t }, actions) {
  const box = h('input', { type: 'checkbox', role: 'switch', checked: actions.autoAdvance(), 'aria-describedby': 'hint' });
  const hint = h('span', { class: 'hidden', id: 'hint' });
  const explain = () => (hint.textContent = box.checked ? t.autoAdvanceHint : '');
  box.addEventListener('change', () => {
    actions.setAutoAdvance(box.checked);
    actions.say(box.checked ? t.autoAdvanceHint : t.autoAdvanceOff);
    explain();
  });
  explain();
  return h('div', { class: 'switch' }, h('label', {}, box, t.autoAdvance), hint);
}
