/**
 * Loads the modules that are needed later. They import only what `element.js` imports, too, since a module that once failed
 * has another address here, and at its old one Firefox goes on to refuse it.
 */

/** The waits before further tries; the last one is repeated. */
const PAUSES_MS = [250, 1_000, 3_000, 10_000];

/** @type {Map<string, Promise<any>>} */
const loads = new Map();

/** @type {(path: string, query: string) => Promise<any>} */
let take = (path, query) => import(new URL(path + query, import.meta.url).href);

/** Takes modules from a table from now on, and none by their addresses. @param {Record<string, () => Promise<any>>} parts see parts.js */
export function loadFrom(parts) {
  take = (path) => parts[path]();
}

/**
 * Tries until the module has loaded. Browsers may remember that a module failed, so each further try has another address.
 *
 * @param {string} path relative to this module
 * @param {() => void} [onFailure] called after each failed try
 * @returns {Promise<any>} never rejected
 */
export function load(path, onFailure = () => {}) {
  const loading = loads.get(path) ?? keepTrying(path, onFailure);
  loads.set(path, loading);
  return loading;
}

/** @param {string} path @param {() => void} onFailure */
async function keepTrying(path, onFailure) {
  for (let again = 0; ; again++) {
    const query = again ? `?again=${again}` : '';
    try {
      return await take(path, query);
    } catch {
      onFailure();
      await pause(PAUSES_MS[Math.min(again, PAUSES_MS.length - 1)]);
    }
  }
}

/** Waits; it ends early if the browser comes online. @param {number} delayMs @returns {Promise<void>} */
export function pause(delayMs) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    addEventListener('online', end);
  });
}
