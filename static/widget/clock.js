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

/** The system's clock was put, or the machine slept, if it goes apart from the monotonic one by so much. */
const LEAP_MS = 1_500;

/** Keeps the state of a clock in browsers without storage, until the page is reloaded. */
const volatile = new Map();

/**
 * Shows the time that is left; announces it at the start, at the half and shortly before the end. It goes by the browser's
 * monotonic clock, and after a reload, a sleep or a leap of the system's clock by the gateway's, as soon as that is known.
 *
 * @param {Question} question a question with a timer
 * @param {string} session the id of the attempt
 * @param {Texts} t
 * @param {QuestionActions} actions
 * @param {() => void} onEnd called once, asynchronously, and never after `stop`
 */
export function countdown({ id, timer }, session, t, { say, askTime }, onEnd) {
  const durationMs = Number(timer) * 1000;
  const key = `test-widget-clock ${session}`;
  const digits = h('span');
  const node = h('div', { class: 'timer', part: 'timer', role: 'timer', 'aria-label': t.timer }, digits);
  let sayingsMs = [durationMs, Math.max(durationMs / 2, SHORT_MS / 2)];
  sayingsMs.push(...[60_000, SHORT_MS].filter((ms) => ms <= durationMs / 3));

  const known = recall(key, id);
  // Nobody gets more than the whole time, whatever the clocks say.
  const bounded = (/** @type {number} */ ms) => Math.max(0, Math.min(durationMs, ms));
  let leftMs = known ? bounded(known.leftMs - Math.max(0, Date.now() - known.atMs)) : durationMs;
  /** The end in the gateway's time, once that is known. @type {number | null} */
  let endMs = known?.endMs ?? null;
  let monotonic = performance.now();
  let leap = Date.now() - monotonic;
  let stopped = false;

  const synchronize = async () => {
    const nowMs = await askTime();
    if (stopped) return;
    endMs ??= nowMs + leftMs;
    leftMs = bounded(endMs - nowMs);
  };
  const show = () => {
    const seconds = Math.ceil(leftMs / 1000);
    digits.textContent = clockFace(seconds);
    node.style.setProperty('--left', `${(leftMs / durationMs) * 100}%`);
    node.classList.toggle('short', leftMs <= Math.min(SHORT_MS, durationMs / 3));
  };
  const speak = () => {
    const ahead = sayingsMs.filter((ms) => ms < leftMs);
    if (ahead.length < sayingsMs.length && leftMs > 0) say(t.timeLeft(Math.ceil(leftMs / 1000)));
    sayingsMs = ahead;
  };
  const tick = () => {
    const now = performance.now();
    leftMs = bounded(leftMs - (now - monotonic));
    monotonic = now;
    if (Math.abs(Date.now() - now - leap) > LEAP_MS) synchronize();
    leap = Date.now() - now;
    remember(key, { question: id, leftMs, atMs: Date.now(), endMs });
    show();
    speak();
    if (leftMs > 0) return;
    stop();
    onEnd();
  };
  const stop = () => {
    stopped = true;
    clearInterval(interval);
  };
  const interval = setInterval(tick, TICK_MS);
  synchronize();
  show();
  return { node, stop };
}

/** @param {number} seconds */
function clockFace(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [first, ...rest] = parts[0] ? parts : parts.slice(1);
  return [first, ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}

/** @typedef {{question: string, leftMs: number, atMs: number, endMs: number | null}} Moment `atMs` is the system's time */

/** A single one for each attempt is enough, since nobody comes back to a question with a timer. @param {string} key @param {Moment} moment */
function remember(key, moment) {
  try {
    sessionStorage.setItem(key, JSON.stringify(moment));
  } catch {
    volatile.set(key, moment);
  }
}

/** @param {string} key @param {string} question @returns {Moment | null} */
function recall(key, question) {
  let moment = volatile.get(key);
  try {
    moment = JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? moment;
  } catch {
    // No storage, or not our value.
  }
  return moment?.question === question && moment.leftMs >= 0 && moment.atMs ? moment : null;
}
