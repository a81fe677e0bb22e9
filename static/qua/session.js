/**
 * The token of who is signed in, for this tab.
 *
 * Not a cookie: browsers would send it with what other sites make them ask for. Not localStorage: it would stay on a shared
 * computer for a week, in every tab. Not this module's memory alone: each reload would ask for the password again, which
 * trains people to type it. Script of others, which could read all of these, is kept out by the page's policy.
 */
const KEY = 'qua token';

/** Where a browser allows no storage. @type {string | null} */
let kept = null;

/** @returns {string | null} */
export function token() {
  try {
    return sessionStorage.getItem(KEY) ?? kept;
  } catch {
    return kept;
  }
}

/** @param {string | null} value null signs out */
export function keep(value) {
  kept = value;
  try {
    if (value === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, value);
  } catch {
    // It lasts until the page is left.
  }
}
