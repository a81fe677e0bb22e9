/** What only some questions have: formatted text and a clock. Fetched with the first test that needs them. */
import { h } from './screens.js';
import { addStyles } from './styles.js';

addStyles(`
.rich { margin-block-end: var(--_tw-gap); color: var(--_tw-muted); }
.rich > :first-child { margin-block-start: 0; }
.rich a { color: var(--_tw-accent); }
.timer { align-self: start; padding: .25em .8125em; border-radius: 2em; background: var(--_tw-surface); color: var(--_tw-text); font-weight: 600; font-variant-numeric: tabular-nums; }
.timer.short { color: var(--_tw-error); }
`);

const TICK_MS = 250;
/** The time left is said aloud once, this long before the end. */
const WARNING_MS = 10_000;

/** @type {{createHTML(html: string): string} | null | undefined} */
let policy;

/** @returns {{createHTML(html: string): string} | null} null where the host's CSP refuses the policy */
function htmlPolicy() {
  /** @type {any} */
  const { trustedTypes } = globalThis;
  const rules = { createHTML: (/** @type {string} */ html) => html };
  try {
    policy ??= trustedTypes ? trustedTypes.createPolicy('test-widget', rules) : rules;
  } catch {
    policy = null;
  }
  return policy ?? null;
}

/** @param {string} html */
export function rich(html) {
  const node = h('div', { class: 'rich' });
  insertSanitisedHtml(node, html);
  return node;
}

/**
 * Inserts a question's HTML, which the gateway has sanitised: the only place where markup is parsed. The
 * browser's own sanitiser is used where there is one (it needs no policy); where neither it nor a Trusted
 * Types policy may be had, the visitor reads the text without its formatting.
 *
 * @param {HTMLElement} target
 * @param {string} html
 */
function insertSanitisedHtml(target, html) {
  if ('setHTML' in target) {
    /** @type {any} */ (target).setHTML(html);
    return;
  }
  const trusted = htmlPolicy();
  if (trusted) target.innerHTML = trusted.createHTML(html);
  else target.textContent = html.replace(/<[^>]*>/g, ' ').replace(/&nbsp;/g, ' ');
}

/**
 * The gateway's clock decides; this one shows it and gives the empty answer when the time is up.
 *
 * @param {Question} question under a timer
 * @param {Texts} t
 * @param {QuestionActions} actions
 */
export function countdown({ id, timer }, t, actions) {
  const durationMs = Number(timer) * 1000;
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
    if (leftMs === 0) actions.answer(id, []);
  };
  const interval = setInterval(tick, TICK_MS);
  tick();
  return { node, stop: () => clearInterval(interval) };
}
