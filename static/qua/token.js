/**
 * Keeps the token of the signed-in user for this tab.
 *
 * It is no cookie, since browsers would send that with requests that other sites make. It is not in localStorage, where it
 * would stay on a shared computer for a week, in every tab. It is not only in this module's memory, since each reload would
 * ask for the password, which trains people to type it. Foreign scripts could read all of these; the page's policy keeps
 * them out.
 */
const KEY = 'qua token';

/** The token where a browser allows no storage. @type {string | null} */
let kept = null;

/** @returns {string | null} */
export function token() {
  try {
    return sessionStorage.getItem(KEY) ?? kept;
  } catch {
    return kept;
  }
}

/** @param {string | null} value the token; null signs out */
export function keep(value) {
  kept = value;
  try {
    if (value === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, value);
  } catch {
    // Without storage the token lasts until the page is left.
  }
}
