/**
 * Full-jitter exponential backoff: random(0, min(30 s, 0.5 s x 2^n)). The first retry is jittered as well, since
 * a restarted gateway must not get everybody back in one instant. No DOM, no clock.
 */

const BASE_MS = 500;
const CEILING_MS = 30_000;

/** A connection that has stood this long is taken for healthy, and n begins at 0 again. */
export const QUIET_MS = 60_000;

export class Backoff {
  #failures = 0;
  #random;

  /** @param {() => number} [random] in [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** @returns {number} milliseconds to wait; each call counts one failure more */
  nextDelayMs() {
    const ceilingMs = Math.min(CEILING_MS, BASE_MS * 2 ** this.#failures);
    this.#failures += 1;
    return this.#random() * ceilingMs;
  }

  reset() {
    this.#failures = 0;
  }

  /**
   * @param {number} withinMs
   * @returns {number} a moment within the time that a draining node asked for; no failure is counted
   */
  spreadMs(withinMs) {
    return this.#random() * Math.max(0, withinMs);
  }
}
