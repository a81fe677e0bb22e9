/**
 * Every screen but the question's. Each is a list of nodes; the heading takes the focus when the screen comes.
 * Buttons name their action in `data-action`, as a host's own templates do.
 *
 * @import {ScreenContext, Test} from './shapes.js'
 */
import { h, paragraphs } from './dom.js';
import { total } from './reducer.js';

/**
 * @param {number} level
 * @param {string} text
 * @returns {HTMLElement}
 */
export function heading(level, text) {
  const tag = /** @type {'h2'} */ (`h${level}`);
  return h(tag, { class: 'heading', tabindex: -1 }, text);
}

/**
 * @param {string} action
 * @param {string} text
 * @param {boolean} [primary]
 */
function button(action, text, primary = true) {
  const look = primary ? { class: 'primary', part: 'next' } : { class: 'quiet' };
  return h('button', { type: 'button', 'data-action': action, ...look }, text);
}

/** @param {(Node | false)[]} buttons */
function actions(...buttons) {
  return h('div', { class: 'actions' }, ...buttons);
}

/** @param {ScreenContext} context @param {Test} info */
function facts({ t }, info) {
  return [
    info.length && t.length(info.length),
    info.duration && t.duration(info.duration),
    info.paid && info.pause_after && t.payment(info.pause_after),
  ].filter((fact) => typeof fact === 'string');
}

/** @param {ScreenContext} context */
function welcome(context) {
  const { state, t, level, resumable } = context;
  const info = state.info ?? { slug: '' };
  const known = facts(context, info);
  return [
    heading(level, info.name ?? info.slug),
    known.length > 0 && h('ul', { class: 'facts' }, ...known.map((fact) => h('li', {}, fact))),
    ...paragraphs(info.description, 'lead'),
    actions(
      resumable ? button('resume', t.resume) : button('start', t.start),
      resumable && button('restart', t.restart, false),
    ),
    info.authors?.length ? h('p', { class: 'small' }, t.authors(info.authors)) : false,
  ];
}

/** @param {ScreenContext} context */
function instruction({ state, t, level }) {
  const test = state.test ?? state.info;
  return [
    heading(level, t.instruction),
    ...paragraphs(test?.instruction, 'lead'),
    actions(button('begin', t.begin)),
  ];
}

/** @param {ScreenContext} context */
function loading({ t, level }) {
  return [h('div', { class: 'patience' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), heading(level, t.loading))];
}

/** @param {ScreenContext} context */
function waiting({ state, t, level }) {
  return [
    h('div', { class: 'patience' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), heading(level, t.waiting)),
    h('p', { class: 'lead' }, state.online ? t.waitingText : t.waitingOffline),
  ];
}

/** @param {ScreenContext} context */
function pause({ state, t, level }) {
  return [
    heading(level, t.pause),
    h('p', { class: 'lead' }, t.pauseText(state.pauseAfter)),
    h('p', { class: 'lead' }, t.pauseLeft(Math.max(0, total(state) - state.pauseAfter))),
    actions(button('check', t.check)),
  ];
}

/** @param {ScreenContext} context */
function finish({ t, level }) {
  return [
    h('span', { class: 'mark', 'aria-hidden': 'true' }),
    heading(level, t.finished),
    h('p', { class: 'lead' }, t.finishedText),
    actions(button('restart', t.again, false)),
  ];
}

/**
 * Texts and ways out by what went wrong; what is not listed says so in general and may be tried again.
 *
 * @type {Record<string, {words: 'test_not_found' | 'blocked' | 'session_not_found' | 'unsupported_question', action: string | null}>}
 */
const DEAD_ENDS = {
  test_not_found: { words: 'test_not_found', action: null },
  provider_not_found: { words: 'blocked', action: null },
  origin_not_allowed: { words: 'blocked', action: null },
  session_not_found: { words: 'session_not_found', action: 'restart' },
  unsupported_question: { words: 'unsupported_question', action: null },
};

/** @param {ScreenContext} context */
function trouble({ state, t, level }) {
  const { kind, code } = state.trouble ?? { kind: 'stop', code: '' };
  const end = kind === 'stop' ? DEAD_ENDS[code] : undefined;
  const [title, text] = t.trouble[end?.words ?? kind];
  const ways = { network: t.retry, stop: t.retry, taken: t.takeOver, token: null };
  return [
    heading(level, title),
    h('p', { class: 'lead' }, text),
    end?.action === 'restart' && actions(button('restart', t.restart)),
    !end && ways[kind] !== null && actions(button('retry', ways[kind])),
    h('p', { class: 'small' }, code),
  ];
}

export const screens = { welcome, instruction, loading, waiting, pause, finish, trouble };
