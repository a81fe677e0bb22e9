/** The clock of a question with a timer. This module is loaded with the first test that needs it. */
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
/** Milliseconds before the end from which on the clock looks urgent, but at most a third of the time. */
const SHORT_MS = 10_000;

/** Keeps the end of a clock in browsers without storage, until the page is reloaded. */
const volatile = new Map();

/**
 * Shows the time that is left; announces it at the start, at the half and shortly before the end. It follows the system's
 * clock, so neither a reload nor a sleeping tab stops it.
 *
 * @param {Question} question a question with a timer
 * @param {string} session the id of the attempt
 * @param {Texts} t
 * @param {(text: string) => void} say announces a text to screen readers
 * @param {() => void} onEnd called once, asynchronously, and never after `stop`
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
 * The end of the question's time, which is stored. A single one for each attempt is enough, since nobody comes back to a
 * question with a timer.
 *
 * @param {string} key @param {string} question @param {number} durationMs @returns {number} in the time of Date.now()
 */
function endOf(key, question, durationMs) {
  const known = recall(key);
  const endMs = (known?.question === question && Number(known.endMs)) || Infinity;
  // If the system's clock was put back, the visitor gets at most the whole time.
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
