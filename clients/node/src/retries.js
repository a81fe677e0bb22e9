/** When a call is made again, and how long the client waits before it. No network in here. */

/** The first retry comes within this time, and each later one within twice the time of the one before. */
const BASE_MS = 500;

/** No wait is longer, unless the gateway asks for it by `Retry-After`. */
const CEILING_MS = 8_000;

/**
 * Milliseconds before the next try: full jitter, upon what the gateway asked for.
 *
 * @param {number} failures how many tries have failed, from 1
 * @param {number | null} retryAfterS
 * @param {() => number} random in [0, 1)
 */
export function delayMs(failures, retryAfterS, random) {
  return (retryAfterS ?? 0) * 1000 + random() * Math.min(CEILING_MS, BASE_MS * 2 ** (failures - 1));
}

/**
 * Reads `Retry-After`, which is a number of seconds or a date; null if it is neither.
 *
 * @param {string | null} header
 * @param {number} nowMs
 */
export function readRetryAfter(header, nowMs) {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const at = /^[A-Z][a-z]{2}, /.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - nowMs) / 1000));
}

/**
 * Waits; rejects with the signal's reason when it is aborted meanwhile.
 *
 * @param {number} ms
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<void>}
 */
export function wait(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
