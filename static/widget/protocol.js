/** The messages of the widget channel. No DOM, no clock, no socket. */

export const SUBPROTOCOL = 'widget-gateway.v1';

/** @param {string} gateway base address, ending in a slash */
export function channelUrl(gateway) {
  return new URL('ws/v1/widget', gateway).href.replace(/^http/, 'ws');
}

/** @param {string} gateway base address, ending in a slash */
export function httpUrl(gateway) {
  return new URL('http/v1/widget', gateway).href;
}

/**
 * What the welcome screen shows, or why this page may not show it.
 *
 * @param {string} gateway base address, ending in a slash @param {string | null} provider @param {string} test
 * @param {string} locale
 */
export function infoUrl(gateway, provider, test, locale) {
  const query = new URLSearchParams({ locale, provider: provider ?? '' });
  return new URL(`tests/api/v1/info/${encodeURIComponent(test)}/?${query}`, gateway).href;
}

/** @param {Place} place @param {Opening} opening */
export function openMessage({ provider, test, locale, sandbox }, { session, resumeToken, accessToken, answers, openId }) {
  return session
    ? { type: 'open', provider, session, resume_token: resumeToken }
    : { type: 'open', provider, test, locale, access_token: accessToken, answers, open_id: openId, sandbox: sandbox || undefined };
}

/** @param {Entry} entry */
export function answerMessage(entry) {
  return { type: 'answer', ...entry };
}

/** @param {unknown} data the text of a frame, or what it contains @returns {ServerMessage | null} */
export function parseMessage(data) {
  try {
    const message = typeof data === 'object' ? data : JSON.parse(String(data));
    return typeof message?.type === 'string' ? message : null;
  } catch {
    return null;
  }
}

/** @param {string} code of an `error` that may pass by itself */
export function isTransient(code) {
  return ['rate_limited', 'storage_unavailable', 'internal'].includes(code);
}

/**
 * What to do after a close. Ranges decide, so that newer codes are obeyed, too.
 *
 * @param {number} code @param {boolean} drained after `bye` @returns {'stop' | 'taken' | 'renew' | 'drain' | 'retry'}
 */
export function verdictOnClose(code, drained) {
  const range = Math.floor(code / 100);
  if (code === 4009) return 'taken';
  if (code === 1000 || code === 1009 || range === 40) return 'stop';
  if (range === 43) return 'renew';
  return code === 1001 && drained ? 'drain' : 'retry';
}
