/**
 * The question's screen: a form around one fieldset whose legend is the question.
 *
 * A question type is one module in types/, one line in TYPES, its styles in styles.js and its words in texts.js.
 * Its code is fetched when a test first needs it, so that no test pays for another's.
 *
 * @import {Question, ScreenContext, TypeRenderer} from './shapes.js'
 */
import { h, insertSanitisedHtml, picture } from './dom.js';
import { canGoBack, currentQuestion, total } from './reducer.js';
import { heading } from './screens.js';

/** @type {Record<string, () => Promise<{render: TypeRenderer}>>} */
const TYPES = {
  option: () => import('./types/option.js'),
  gradient: () => import('./types/gradient.js'),
};
/** @type {Map<string, TypeRenderer>} */
const renderers = new Map();

const TICK_MS = 250;
/** The time left is said aloud once, this long before the end. */
const WARNING_MS = 10_000;

/**
 * @typedef {object} QuestionActions
 * @property {(value: string[]) => void} answer
 * @property {(text: string) => void} say through the live region
 * @property {(on: boolean) => void} setAutoAdvance
 * @property {() => boolean} autoAdvance
 * @property {(path: string) => string} asset
 */

/** @param {string} type */
export function canShow(type) {
  return renderers.has(type);
}

/**
 * Brings the code of every type among the questions, before the visitor gets there: he may be offline by then.
 * A type that is unknown, or whose code does not come, is left out.
 *
 * @param {Question[]} questions
 */
export async function loadTypes(questions) {
  const types = [...new Set(questions.map(({ type }) => type))];
  const missing = types.filter((type) => Object.hasOwn(TYPES, type) && !renderers.has(type));
  await Promise.allSettled(missing.map(async (type) => renderers.set(type, (await TYPES[type]()).render)));
}

/**
 * @param {ScreenContext} context whose current question is of a type that can be shown
 * @param {QuestionActions} actions
 * @returns {{nodes: Node[], stop: () => void}}
 */
export function questionScreen(context, actions) {
  const { state, t, level } = context;
  const question = /** @type {Question} */ (currentQuestion(state));
  const render = /** @type {TypeRenderer} */ (renderers.get(question.type));
  /** @type {string[] | null} */
  let value = state.answers.get(question.id) ?? null;
  const notice = h('p', { class: 'notice', id: 'notice' }, state.refused.has(question.id) && t.refused);

  const submit = () => {
    if (value) actions.answer(value);
    else if (question.forward) actions.answer([]);
    else complain();
  };
  const complain = () => {
    notice.textContent = t.choose;
    actions.say(t.choose);
    form.querySelector('input')?.focus();
  };
  /** @param {string[]} chosen @param {boolean} advance */
  const choose = (chosen, advance) => {
    value = chosen;
    notice.textContent = '';
    next.textContent = isLast(context) ? t.finish : t.next;
    if (advance && actions.autoAdvance()) submit();
  };

  const answers = render({ question, value, t, asset: actions.asset, choose, radio: radios(value, choose) });
  const next = h('button', { type: 'submit', class: 'primary', part: 'next' }, nextLabel(context, question, value));
  const form = h(
    'form',
    { part: 'question', novalidate: true },
    h(
      'fieldset',
      { 'aria-describedby': 'hint notice', lang: state.test?.locale },
      h('legend', {}, heading(level, question.text || t.scale)),
      ...extras(question, context, actions.asset),
      answers,
    ),
    notice,
    h(
      'div',
      { class: 'actions' },
      canGoBack(state) && h('button', { type: 'button', class: 'quiet', part: 'back', 'data-action': 'back' }, t.back),
      next,
    ),
    autoAdvanceSwitch(context, actions),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  // The second click of a double one would answer the question that has just appeared under the pointer.
  form.addEventListener('click', (event) => event.detail > 1 && event.preventDefault(), { capture: true });

  const clock = question.timer ? countdown(question.timer * 1000, context, actions) : null;
  return { nodes: clock ? [clock.node, form] : [form], stop: () => clock?.stop() };
}

/**
 * Native radios select on arrow keys, which is looking around; a click, a touch, Space and Enter are meant.
 *
 * @param {string[] | null} value
 * @param {(value: string[], advance: boolean) => void} choose
 * @returns {(own: string) => HTMLInputElement}
 */
function radios(value, choose) {
  let browsing = false;
  return (own) => {
    const input = h('input', { type: 'radio', name: 'answer', value: own, checked: value?.[0] === own });
    input.addEventListener('keydown', (event) => {
      browsing = event.key.startsWith('Arrow');
      if (event.key !== 'Enter') return;
      event.preventDefault();
      input.checked = true;
      choose([own], true);
    });
    input.addEventListener('keyup', () => (browsing = false));
    input.addEventListener('pointerdown', () => (browsing = false));
    input.addEventListener('click', () => choose([own], !browsing));
    return input;
  };
}

/** @param {ScreenContext} context */
function isLast({ state }) {
  return state.answers.size >= total(state) - 1 && state.questions.at(-1)?.id === state.current;
}

/** @param {ScreenContext} context @param {Question} question @param {string[] | null} value */
function nextLabel(context, question, value) {
  if (!value && question.forward) return context.t.skip;
  return isLast(context) ? context.t.finish : context.t.next;
}

/** @param {Question} question @param {ScreenContext} context @param {(path: string) => string} asset */
function extras({ html, image }, { t }, asset) {
  const nodes = [];
  if (html) {
    const rich = h('div', { class: 'rich' });
    insertSanitisedHtml(rich, html);
    nodes.push(rich);
  }
  if (image) nodes.push(picture(asset(image), t.image));
  return nodes;
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

/**
 * The gateway's clock decides; this one shows it and gives the empty answer when the time is up.
 *
 * @param {number} durationMs
 * @param {ScreenContext} context
 * @param {QuestionActions} actions
 */
function countdown(durationMs, { t }, actions) {
  const endMs = performance.now() + durationMs;
  const digits = h('span', { 'aria-hidden': 'true' });
  const node = h('div', { class: 'timer', part: 'timer', role: 'timer', 'aria-label': t.timer }, digits);
  let warned = durationMs <= WARNING_MS;
  const tick = () => {
    const leftMs = Math.max(0, endMs - performance.now());
    const seconds = Math.ceil(leftMs / 1000);
    digits.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    node.classList.toggle('short', leftMs <= WARNING_MS);
    if (!warned && leftMs <= WARNING_MS) {
      warned = true;
      actions.say(t.timeLeft(seconds));
    }
    if (leftMs === 0) actions.answer([]);
  };
  const interval = setInterval(tick, TICK_MS);
  tick();
  return { node, stop: () => clearInterval(interval) };
}
