/** Full jitter: random(0, min(30 s, 0.5 s x 2^n)), the first retry included. No DOM, no clock. */

const BASE_MS = 500;
const CEILING_MS = 30_000;

/** After so long without a fault n begins at 0 again. */
export const QUIET_MS = 60_000;

export class Backoff {
  #failures = 0;
  #random;

  /** @param {() => number} [random] in [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** The wait before the next try; each call counts one failure more. */
  nextDelayMs() {
    return this.spreadMs(Math.min(CEILING_MS, BASE_MS * 2 ** this.#failures++));
  }

  reset() {
    this.#failures = 0;
  }

  /** @param {number} withinMs what a draining node asked for: no failure */
  spreadMs(withinMs) {
    return this.#random() * Math.max(0, withinMs);
  }
}
