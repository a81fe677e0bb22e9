/** The screens after the questions, and those for errors. They are loaded when the first question is shown. */
import { load } from './load.js';
import { total } from './reducer.js';
import { actions, button, h, heading, patience } from './screens.js';
import { addStyles } from './styles.js';

addStyles(`
.headed { display: flex; align-items: center; gap: var(--_tw-gap); }
.mark { flex: none; display: grid; place-content: center; inline-size: 3em; block-size: 3em; border-radius: 50%; background: var(--_tw-accent); }
.mark.warning { color: var(--_tw-on-accent); font-size: .875em; }
.mark.fault { background: var(--_tw-error); color: var(--_tw-background); }
.price { font-size: 1.25em; font-weight: 650; }
.mark::before { content: ""; inline-size: 1.375em; block-size: .75em; margin-block-end: .375em; border: solid var(--_tw-on-accent); border-width: 0 0 .1875em .1875em; transform: rotate(-45deg); }
.mark.warning::before { content: "!"; inline-size: auto; block-size: auto; margin: 0; border: 0; transform: none; font-size: 1.75em; font-weight: 700; line-height: 1; }
`);

/** @type {DrawScreen} */
const waiting = ({ state, t, level }) => [
  patience(level, state.online ? t.waiting : t.waitingForNetwork),
  h('p', { class: 'lead' }, state.online ? t.waitingText : t.waitingOffline),
];

/** @type {DrawScreen} */
const pause = ({ state, t, level }) => {
  const { price = '', href } = state.offer ?? {};
  const address = href === undefined ? null : webAddress(href);
  return [
    heading(level, t.pause),
    h('p', { class: 'lead' }, t.pauseText(state.pauseAfter)),
    h('p', { class: 'lead' }, t.pauseLeft(Math.max(0, total(state) - state.pauseAfter))),
    price && !address && h('p', { class: 'price' }, price),
    actions(
      address && h('a', { class: 'primary', href: address, part: 'pay' }, price ? t.payPrice(price) : t.pay),
      button('check', t.check, !address),
    ),
  ];
};

/** @param {string} href as the host gave it @returns {string | null} null if it leads to no page */
function webAddress(href) {
  try {
    const { protocol, href: address } = new URL(href, document.baseURI);
    return ['http:', 'https:'].includes(protocol) ? address : null;
  } catch {
    return null;
  }
}

/** @type {DrawScreen} */
const finish = ({ state: { resultKey }, t, level, report }) => {
  const place = report && resultKey && h('div', { class: 'report' });
  const address = `${report}&result_key=${encodeURIComponent(resultKey ?? '')}`;
  if (place) load('report.js').then(({ showReport }) => showReport(place, address, t));
  return [
    h('div', { class: 'headed' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), heading(level, t.finished)),
    place,
    h('p', { class: 'lead' }, t.finishedText),
    actions(button('restart', t.again, false)),
  ];
};

/**
 * Texts and the offered action by the code of an error. Other codes have a general text and may be tried again.
 *
 * @type {Record<string, {words: 'test_not_found' | 'blocked' | 'session_not_found' | 'answers_unusable' | 'unsupported_question', action: string | null}>}
 */
const DEAD_ENDS = {
  test_not_found: { words: 'test_not_found', action: null },
  provider_not_found: { words: 'blocked', action: null },
  origin_not_allowed: { words: 'blocked', action: null },
  session_not_found: { words: 'session_not_found', action: 'restart' },
  ...Object.fromEntries(
    ['bad_message', 'question_unknown', 'question_locked', 'answer_invalid', 'closed_1009'].map((code) => [
      code,
      { words: /** @type {const} */ ('answers_unusable'), action: 'restart' },
    ]),
  ),
  unsupported_question: { words: 'unsupported_question', action: null },
};

/** @type {DrawScreen} */
const trouble = ({ state, t, level }) => {
  const { kind, code } = state.trouble ?? { kind: 'stop', code: '' };
  const end = kind === 'stop' ? DEAD_ENDS[code] : undefined;
  const [title, text] = kind === 'network' ? t.unreachable : t.trouble[end?.words ?? kind];
  const ways = { network: t.retry, stop: t.retry, taken: t.takeOver, token: null };
  const mark = kind === 'network' || kind === 'stop' ? 'mark warning fault' : 'mark warning';
  return [
    h('div', { class: 'headed' }, h('span', { class: mark, 'aria-hidden': 'true' }), heading(level, title)),
    h('p', { class: 'lead' }, text),
    end?.action === 'restart' && actions(button('restart', t.restart)),
    !end && actions(ways[kind] ? button('retry', ways[kind]) : button('restart', t.restart, false)),
    kind === 'stop' && h('p', { class: 'small' }, code), // It helps those whom the visitor asks for help.
  ];
};

export const laterScreens = { waiting, pause, finish, trouble };
