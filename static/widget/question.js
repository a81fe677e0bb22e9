/** The screen of a question. */
import { spokenIn } from './languages.js';
import { load } from './load.js';
import { canGoBack, currentQuestion, total } from './reducer.js';
import { h, heading } from './screens.js';
import { render } from './types/option.js';

/** Their modules have the same names. */
const TYPES = ['option', 'checkbox', 'text', 'rating', 'gradient'];

/** @type {Map<string, QuestionType>} */
const loaded = new Map([['option', { render }]]);
/** @type {(typeof import('./question-media.js') & typeof import('./clock.js')) | undefined} */
let extras;

/** @param {Question} question @param {boolean} fluent the later texts have loaded */
export function canShow(question, fluent) {
  return loaded.has(question.type) && (isPlain(question) || (fluent && (extras !== undefined || !needsExtras(question))));
}

/** @param {Question} question */
export function isKnown({ type }) {
  return TYPES.includes(type);
}

/** Whether the first texts are enough. @param {Question} question */
export function isPlain(question) {
  return question.type === 'option' && !needsExtras(question);
}

/** Loads the code for known types. @param {Question[]} questions @param {() => void} [onFailure] see load.js */
export async function bring(questions, onFailure) {
  const types = [...new Set(questions.filter(isKnown).map(({ type }) => type))];
  const missing = types.filter((type) => !loaded.has(type));
  const jobs = missing.map(async (type) => {
    loaded.set(type, await load(`types/${type}.js`, onFailure));
  });
  if (!extras && questions.some(needsExtras)) jobs.push(bringExtras(onFailure));
  await Promise.all(jobs);
}

/** @param {() => void} [onFailure] */
async function bringExtras(onFailure) {
  const parts = ['question-media.js', 'clock.js'].map((path) => load(path, onFailure));
  extras = Object.assign({}, ...(await Promise.all(parts)));
}

/** @param {Question} question */
function needsExtras({ html, timer, image, options }) {
  return Boolean(html || timer || image || options?.some((option) => option.image));
}

/** @param {ScreenContext} context of a question that can be shown @param {QuestionActions} actions */
export function questionScreen(context, actions) {
  const { state, t, level } = context;
  const question = /** @type {Question} */ (currentQuestion(state));
  const { id, forward } = question;
  const { render } = /** @type {QuestionType} */ (loaded.get(question.type));
  const stands = state.answers.get(id) ?? null;
  let value = context.draft(id) ?? stands;
  /** @type {string[] | null} what a submit takes if nothing is chosen */
  let proposal = null;
  let missing = '';
  let choosesOne = false;
  const notice = h('p', { class: 'notice', id: 'notice' });
  const next = h('button', { class: 'primary', part: 'next' });

  const submit = () => {
    const given = value ?? proposal;
    if (!missing && (given || forward)) return actions.answer(id, given ?? []);
    notice.textContent = missing || t.choose;
    actions.say(notice.textContent);
    form.checkValidity();
    /** @type {HTMLElement | null} */ (form.querySelector('.field :invalid') ?? form.querySelector('input'))?.focus();
  };
  const label = () => {
    const skips = forward && !value && !proposal && !missing;
    next.textContent = skips ? t.skip : isLast(context) ? t.finish : t.next;
    // Where a choice leads on by itself, there is nothing to confirm before it. The button keeps its place.
    next.classList.toggle('idle', choosesOne && actions.autoAdvance() && !value && !forward);
  };
  /** @type {TypeContext['choose']} */
  const choose = (chosen, advance = false, lacks = '', draft = chosen) => {
    value = chosen;
    missing = lacks;
    actions.keepDraft(id, JSON.stringify(draft ?? stands) === JSON.stringify(stands) ? null : draft);
    notice.textContent = '';
    label();
    if (advance && actions.autoAdvance()) submit();
  };
  /** @type {TypeContext['picture']} */
  const picture = (owner, alt) => (owner.image && extras?.picture(owner, actions.asset(owner.image), alt)) || null;

  const [title, second] = extras?.wording(question) ?? [question.text];
  const body = render({
    question,
    value,
    t,
    picture,
    choose,
    propose: (order) => void (proposal = order),
    say: actions.say,
    radio: radios(value, choose),
  });
  choosesOne = body.querySelector('[type="radio"]') !== null;
  label();
  if (state.refused.has(id)) notice.textContent = t.refused;
  // The hint of radio buttons is read once, other hints each time.
  const describedBy = choosesOne && state.answers.size ? 'notice' : 'hint notice';
  const back = h('button', { type: 'button', class: 'quiet', part: 'back', 'data-action': 'back' }, t.back);
  const skip = h('button', { type: 'button', class: 'quiet' }, t.skip);
  skip.addEventListener('click', () => actions.answer(id, []));
  const form = h(
    'form',
    { part: 'question', novalidate: true },
    h(
      'fieldset',
      { 'aria-describedby': describedBy, ...spokenIn(state.test) },
      h('legend', {}, heading(level, title || t.scale)),
      second,
      picture(question, question.image_alt || t.image),
      body,
    ),
    notice,
    h('div', { class: 'actions' }, canGoBack(state) && back, proposal && forward && skip, next),
    choosesOne && autoAdvanceSwitch(context, actions, label),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  guardSecondClick(form);

  const late = () => {
    actions.answer(id, value ?? stands ?? [], false);
    actions.say(t.timeUp);
  };
  const clock = question.timer ? extras?.countdown(question, String(state.session), t, actions, late) : null;
  return { nodes: clock ? [clock.node, form] : [form], stop: () => clock?.stop() };
}

/** A second tap within so many milliseconds and pixels belongs to the first one, as a finger trembles. */
const TAP_MS = 400;
const TAP_PX = 48;

/** The last click or tap on any question. */
let last = { timeStamp: -Infinity, clientX: 0, clientY: 0 };

/** Ignores the second click or tap of a double one on the screen before. @param {HTMLFormElement} form */
function guardSecondClick(form) {
  let fresh = true;
  let touched = false;
  form.addEventListener('pointerdown', ({ pointerType }) => (touched = pointerType !== 'mouse'), { capture: true });
  const guard = (/** @type {MouseEvent} */ event) => {
    const { detail, timeStamp, clientX, clientY } = event;
    if (!detail) return; // A keyboard or a label clicked.
    const near = Math.hypot(clientX - last.clientX, clientY - last.clientY) <= TAP_PX;
    if (fresh && (detail > 1 || (touched && near && timeStamp - last.timeStamp < TAP_MS))) {
      event.preventDefault();
      event.stopPropagation();
    } else {
      fresh = false;
      last = { timeStamp, clientX, clientY };
    }
  };
  form.addEventListener('click', guard, { capture: true });
}

/**
 * Arrow keys only select; a click, a touch, Space and Enter also go on.
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
      if (event.key !== 'Enter' || event.isComposing) return;
      event.preventDefault();
      input.checked = true;
      choose([own], true);
    });
    input.addEventListener('keyup', (event) => {
      browsing = false;
      // Browsers don't click a radio button that is checked already.
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

/** @param {ScreenContext} context @param {QuestionActions} actions @param {() => void} onChange */
function autoAdvanceSwitch({ t }, actions, onChange) {
  const box = h('input', { type: 'checkbox', role: 'switch', checked: actions.autoAdvance(), 'aria-describedby': 'hint' });
  const hint = h('span', { class: 'hidden', id: 'hint' });
  const explain = () => (hint.textContent = box.checked ? t.autoAdvanceHint : '');
  box.addEventListener('change', () => {
    actions.setAutoAdvance(box.checked);
    actions.say(box.checked ? t.autoAdvanceHint : t.autoAdvanceOff);
    explain();
    onChange();
  });
  explain();
  return h('div', { class: 'switch' }, h('label', {}, box, t.autoAdvance), hint);
}
