/** The calls of QUA's API that the home and the editor's desk make. */
import { call, send } from '../api.js';

/**
 * @typedef {import('../api.js').Author} Author
 * @typedef {import('../api.js').Question} Question
 * @typedef {Author & { editor: boolean }} Me
 * @typedef {{ id: number, title: string, keywords: string[], answer_exists: boolean, created_at: string, created_by: Author,
 *   updated_at: string }} QuestionLine
 * @typedef {{ id: number, title: string, is_external: boolean, resource: string | null, url: string | null }} Popular
 * @typedef {{ popular: Popular[], new: QuestionLine[] }} Home
 * @typedef {{ version: number, title: string, archived: boolean, at: string, by: Author }} VersionLine
 * @typedef {VersionLine & { keywords: string[], raw: string }} Version
 * @typedef {{ query: string, count: number, users: number, last_at: string }} Unmet
 * @typedef {{ id: number, url: string, resource: string, title: string, snippet: string, created_by: Author,
 *   updated_at: string }} Page
 * @typedef {{ title?: string, keywords?: string[], answer?: { raw: string }, version?: number }} Changes
 * @typedef {{ words: string[], one_way: boolean }} SynonymFields
 * @typedef {SynonymFields & { id: number, updated_at: string, updated_by: Author }} Synonyms
 * @typedef {{ words: string[], users: number }} Proposal
 * @typedef {{ limit: number, offset: number }} Part of a list
 */

/** @param {string} method @param {any} [body] */
function sending(method, body) {
  return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body ?? {}) };
}

/** @param {Part} part */
function of({ limit, offset }) {
  return new URLSearchParams({ limit: String(limit), offset: String(offset) });
}

/** @returns {Promise<Me>} */
export const me = () => call('/api/me');

/** @param {AbortSignal} signal @returns {Promise<Home>} */
export const home = (signal) => call('/api/home', { signal });

/** @param {string} raw @param {AbortSignal} signal @returns {Promise<{ html: string }>} */
export const preview = (raw, signal) => call('/api/preview', { ...sending('POST', { raw }), signal });

/** @param {string} prefix @param {AbortSignal} signal @returns {Promise<string[]>} */
export const keywords = (prefix, signal) => call(`/api/keywords?${new URLSearchParams({ prefix })}`, { signal });

/** @param {Changes} fields @returns {Promise<Question>} */
export const ask = (fields) => call('/api/questions', sending('POST', fields));

/** @param {number} id @param {Changes} fields @returns {Promise<Question>} */
export const change = (id, fields) => call(`/api/questions/${id}`, sending('PUT', fields));

/** @param {number} id */
export const archive = (id) => call(`/api/questions/${id}`, { method: 'DELETE' });

/** @param {number} id @returns {Promise<Question>} */
export const restore = (id) => call(`/api/questions/${id}/restore`, sending('POST'));

/** @param {number} id @returns {Promise<VersionLine[]>} newest first */
export const versions = (id) => call(`/api/questions/${id}/versions`);

/** @param {number} id @param {number} number @returns {Promise<Version>} */
export const version = (id, number) => call(`/api/questions/${id}/versions/${number}`);

/** @param {'unanswered' | 'archived'} which @param {Part} part @returns {Promise<{ response: QuestionLine[], total: number }>} */
export const questions = (which, part) => send(`/api/questions/${which}?${of(part)}`);

/** @param {boolean} dismissed @returns {Promise<Unmet[]>} those that are dismissed, or the others */
export const unmet = (dismissed) => call(`/api/searches/without_hits?dismissed=${Number(dismissed)}`);

/** @param {string} query @param {boolean} dismissed false brings it back */
export const dismissUnmet = (query, dismissed) => call('/api/searches/without_hits/dismiss', sending('POST', { query, dismissed }));

/** @param {Part} part @returns {Promise<{ response: Page[], total: number }>} */
export const pages = (part) => send(`/api/external_resources?${of(part)}`);

/** @param {number} id @returns {Promise<Page & { content: string }>} */
export const page = (id) => call(`/api/external_resources/${id}`);

/** @param {{ url: string, title?: string, content?: string }} fields @returns {Promise<Page>} */
export const addPage = (fields) => call('/api/external_resources', sending('POST', fields));

/** @param {number} id */
export const removePage = (id) => call(`/api/external_resources/${id}/remove`, sending('POST'));

/** @returns {Promise<Synonyms[]>} newest first */
export const synonyms = () => call('/api/synonyms');

/** @param {boolean} dismissed @returns {Promise<Proposal[]>} those that are dismissed, or the others */
export const proposals = (dismissed) => call(`/api/synonyms/proposals?dismissed=${Number(dismissed)}`);

/** @param {string[]} words @param {boolean} dismissed false brings them back */
export const dismissProposal = (words, dismissed) => call('/api/synonyms/proposals/dismiss', sending('POST', { words, dismissed }));

/** @param {SynonymFields} fields @returns {Promise<Synonyms>} */
export const addSynonyms = (fields) => call('/api/synonyms', sending('POST', fields));

/** @param {number} id @param {SynonymFields} fields @returns {Promise<Synonyms>} */
export const changeSynonyms = (id, fields) => call(`/api/synonyms/${id}`, sending('PUT', fields));

/** @param {number} id */
export const removeSynonyms = (id) => call(`/api/synonyms/${id}`, { method: 'DELETE' });
