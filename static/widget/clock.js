/** The clock of a question under a timer. Fetched with the first test that needs it. */
import { h } from './screens.js';
import { addStyles } from './styles.js';

addStyles(`
.timer { align-self: end; display: flex; align-items: center; gap: .5em; padding: .25em .875em .25em .5em; border: 1px solid var(--_tw-border); border-radius: 2em; background: var(--_tw-background); color: var(--_tw-text); font-weight: 600; font-variant-numeric: tabular-nums; }
.timer::before { content: ""; inline-size: 1.125em; block-size: 1.125em; border-radius: 50%; background: conic-gradient(var(--_tw-accent) var(--left), var(--_tw-border) 0); }
.timer.short { border-color: var(--_tw-error); color: var(--_tw-error); }
.timer.short::before { background: conic-gradient(currentColor var(--left), var(--_tw-border) 0); }
@media (min-height: 30rem) { .timer { position: sticky; inset-block-start: .5em; z-index: 2; } }
@media (forced-colors: active) { .timer::before { display: none; } }
`);

const TICK_MS = 250;
/** From here on the clock looks urgent, unless that were most of its time. */
const SHORT_MS = 10_000;

/** For browsers without storage: until they reload. */
const volatile = new Map();

/**
 * Shows the time left; says it aloud at the start, at the half and shortly before the end. It goes by the wall: neither a
 * reload nor a tab asleep stops it.
 *
 * @param {Question} question under a timer
 * @param {string} session
 * @param {Texts} t
 * @param {(text: string) => void} say
 * @param {() => void} onEnd called once, never at once, and not any more after `stop`
 */
export function countdown({ id, timer }, session, t, say, onEnd) {
  const durationMs = Number(timer) * 1000;
  const endMs = endOf(`test-widget-clock ${session}`, id, durationMs);
  const digits = h('span');
  const node = h('div', { class: 'timer', part: 'timer', role: 'timer', 'aria-label': t.timer }, digits);
  let sayingsMs = [durationMs, Math.max(durationMs / 2, SHORT_MS / 2)];
  sayingsMs.push(...[60_000, SHORT_MS].filter((ms) => ms <= durationMs / 3));

  const show = (/** @type {number} */ leftMs) => {
    const seconds = Math.ceil(leftMs / 1000);
    digits.textContent = clockFace(seconds);
    node.style.setProperty('--left', `${(leftMs / durationMs) * 100}%`);
    node.classList.toggle('short', leftMs <= Math.min(SHORT_MS, durationMs / 3));
  };
  const speak = (/** @type {number} */ leftMs) => {
    const ahead = sayingsMs.filter((ms) => ms < leftMs);
    if (ahead.length < sayingsMs.length && leftMs > 0) say(t.timeLeft(Math.ceil(leftMs / 1000)));
    sayingsMs = ahead;
  };
  const leftMs = () => Math.max(0, endMs - Date.now());
  const interval = setInterval(() => {
    const ms = leftMs();
    show(ms);
    speak(ms);
    if (ms > 0) return;
    clearInterval(interval);
    onEnd();
  }, TICK_MS);
  show(leftMs());
  return { node, stop: () => clearInterval(interval) };
}

/** @param {number} seconds */
function clockFace(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [first, ...rest] = parts[0] ? parts : parts.slice(1);
  return [first, ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}

/**
 * One moment an attempt is enough, since nobody comes back to a question whose clock has run.
 *
 * @param {string} key @param {string} question @param {number} durationMs @returns {number} by Date.now()
 */
function endOf(key, question, durationMs) {
  const known = recall(key);
  const endMs = (known?.question === question && Number(known.endMs)) || Infinity;
  // A clock that was put back gives nobody more than the whole time.
  const moment = { question, endMs: Math.min(endMs, Date.now() + durationMs) };
  try {
    sessionStorage.setItem(key, JSON.stringify(moment));
  } catch {
    volatile.set(key, moment);
  }
  return moment.endMs;
}

/** @param {string} key */
function recall(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? volatile.get(key);
  } catch {
    return volatile.get(key);
  }
}
