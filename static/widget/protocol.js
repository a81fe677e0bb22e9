/**
 * The widget channel (spec/widget-protocol.md, v1) as the browser sees it: messages out, messages in, and
 * what each close code asks for. No DOM, no clock, no socket.
 *
 * @import {Entry, Opening, ServerMessage} from './shapes.js'
 */

export const SUBPROTOCOL = 'widget-gateway.v1';

const CHANNEL_PATH = 'ws/v1/widget';
const TRANSIENT = new Set(['rate_limited', 'storage_unavailable', 'internal']);

/**
 * @param {string} gateway base address, http(s), ending in a slash
 * @returns {string} address of the channel; never carries a token
 */
export function channelUrl(gateway) {
  return new URL(CHANNEL_PATH, gateway).href.replace(/^http/, 'ws');
}

/**
 * The first message of every connection: resumes where the opening knows an attempt, else begins one.
 *
 * @param {{provider: string, test: string, locale: string}} place
 * @param {Opening} opening
 */
export function openMessage({ provider, test, locale }, { session, resumeToken, accessToken, answers }) {
  if (session) return { type: 'open', provider, session, resume_token: resumeToken };
  return {
    type: 'open',
    provider,
    test,
    locale,
    ...(accessToken && { access_token: accessToken }),
    ...(answers && { answers }),
  };
}

/** @param {Entry} entry */
export function answerMessage({ seq, question, value }) {
  return { type: 'answer', seq, question, value };
}

/**
 * @param {unknown} data a frame's payload
 * @returns {ServerMessage | null} null for what is not a message, which a client passes over
 */
export function parseMessage(data) {
  try {
    const message = JSON.parse(String(data));
    return typeof message?.type === 'string' ? message : null;
  } catch {
    return null;
  }
}

/**
 * Whether the same request may succeed later without anybody changing anything.
 *
 * @param {string} code of an `error` message
 */
export function isTransient(code) {
  return TRANSIENT.has(code);
}

/**
 * What a close asks of the client. It acts on ranges, so that it obeys codes younger than itself.
 *
 * @param {number} code
 * @param {boolean} drained `bye` came before
 * @returns {'stop' | 'taken' | 'renew' | 'drain' | 'retry'}
 */
export function verdictOnClose(code, drained) {
  if (code === 4009) return 'taken';
  if (code === 1000 || code === 1009 || inRange(code, 4000)) return 'stop';
  if (inRange(code, 4300)) return 'renew';
  return code === 1001 && drained ? 'drain' : 'retry';
}

/** @param {number} code @param {number} from */
function inRange(code, from) {
  return code >= from && code < from + 100;
}
