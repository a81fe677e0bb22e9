/** Waits with full jitter: random(0, min(30 s, 0.5 s x 2^n)), also before the first retry. No DOM, no clock. */

const BASE_MS = 500;
const CEILING_MS = 30_000;

/** After so long without a fault n is 0 again. */
export const QUIET_MS = 60_000;

export class Backoff {
  #failures = 0;
  #random;

  /** @param {() => number} [random] in [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** The next wait; each call counts a failure. */
  nextDelayMs() {
    return this.spreadMs(Math.min(CEILING_MS, BASE_MS * 2 ** this.#failures++));
  }

  reset() {
    this.#failures = 0;
  }

  /** A wait that counts no failure. @param {number} withinMs as a draining node told */
  spreadMs(withinMs) {
    return this.#random() * Math.max(0, withinMs);
  }
}
