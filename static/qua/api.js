/** The calls of QUA's API. Each returns what the server answers, or throws an ApiError. */
import { token } from './token.js';

/**
 * @typedef {[start: number, end: number]} Span of code points, not of JavaScript's code units
 * @typedef {{ qid: number, shid: number, token: string, track: string }} UrlParams
 * @typedef {{ id: number, title: string, title_highlights: Span[], snippet: string, highlights: Span[], score: number,
 *   is_external: boolean, resource: string | null, keywords: string[] | null, image: string | null,
 *   url?: string, url_params?: UrlParams }} Hit
 * @typedef {{ hits: Hit[], query: string, used_query: string, query_was_corrected: boolean, total: number,
 *   took: number, offered_query?: string }} Found
 * @typedef {{ text: string, kind: 'title' | 'query', question_id: number | null }} Suggestion
 * @typedef {{ id: number, username: string, first_name: string, last_name: string }} Author
 * @typedef {{ html: string, updated_at: string, updated_by: Author }} Answer
 * @typedef {{ id: number, title: string, keywords: string[], answer: Answer | null, created_at: string,
 *   created_by: Author }} Question
 */

/** A refusal of the server; with status 0 the server can't be reached. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message @param {number} retryAfter in seconds */
  constructor(status, message, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** @param {string} username @param {string} password @returns {Promise<{ token: string }>} */
export function signIn(username, password) {
  return call('/api/auth', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
}

/** @param {string} query @param {number} limit @param {AbortSignal} signal @returns {Promise<Suggestion[]>} best first */
export async function suggest(query, limit, signal) {
  const parameters = new URLSearchParams({ query, limit: String(limit) });
  return (await call(`/api/suggest?${parameters}`, { signal })).suggestions;
}

/**
 * @param {{ query: string, exact: boolean, typing: boolean, offset: number, limit: number }} asked `exact` forbids a
 *   correction of the query; while `typing` its last word may be the beginning of one
 * @param {AbortSignal} signal
 * @returns {Promise<Found>}
 */
export function search({ query, exact, typing, offset, limit }, signal) {
  const parameters = { query, spelling: exact ? '0' : '1', typing: typing ? '1' : '0', offset: String(offset), limit: String(limit) };
  return call(`/api/search?${new URLSearchParams(parameters)}`, { signal });
}

/**
 * @param {number} id
 * @param {UrlParams | undefined} from parameters of the hit that the question is opened from, so that the click is counted
 * @param {AbortSignal} signal
 * @returns {Promise<Question>}
 */
export function question(id, from, signal) {
  const parameters = Object.entries(from ?? {}).map(([name, value]) => [name, String(value)]);
  return call(`/api/questions/${id}?${new URLSearchParams(parameters)}`, { signal });
}

/** @typedef {RequestInit & { headers?: Record<string, string> }} Options */

/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export async function call(path, options) {
  return (await send(path, options)).response;
}

/** @param {string} path @param {Options} [options] @returns {Promise<{ response: any, total: number }>} with the number of all items of a list */
export async function send(path, { headers, ...options } = {}) {
  const mine = token();
  /** @type {Record<string, string>} */
  const authorization = mine === null ? {} : { Authorization: `JWT ${mine}` };
  let answer;
  let body;
  try {
    answer = await fetch(path, { ...options, headers: { ...headers, ...authorization } });
    body = await answer.json();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(answer?.status ?? 0, String(error));
  }
  if (answer.ok) return { response: body.response, total: Number(answer.headers.get('X-Total-Count')) };
  throw new ApiError(answer.status, body.error?.error_msg ?? '', Number(answer.headers.get('Retry-After')));
}
