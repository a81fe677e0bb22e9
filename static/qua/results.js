/** Makes nodes of what a search found. Nothing is parsed as markup: positions in the text say which words are marked. */
import { ApiError } from './api.js';
import { h, marked } from './dom.js';
import { t } from './texts.js';

/** @typedef {import('./api.js').Hit} Hit */
/** @typedef {import('./api.js').Found} Found */

/** @param {unknown} error @returns {string} the message for the visitor */
export function told(error) {
  if (!(error instanceof ApiError)) return t.failed;
  if (error.status === 0) return t.offline;
  if (error.status === 429 || error.status === 503) return t.busy(error.retryAfter || 1);
  return error.message || t.failed;
}

/**
 * @param {Hit} hit
 * @param {string} address the address of the question in this page
 */
export function hitItem(hit, address) {
  const title = marked(hit.title, hit.title_highlights);
  const link = hit.is_external
    // The link counts the click on its way, and the other page learns nothing about this one.
    ? h('a', { href: hit.url, target: '_blank', rel: 'noopener noreferrer' }, title)
    : h('a', { href: address, 'data-question': hit.id }, title);
  const keywords = hit.keywords?.map((word) => h('li', {}, word)) ?? [];
  return h(
    'li', { class: 'hit' },
    h('h2', {}, link),
    hit.is_external && h(
      'p', { class: 'resource' },
      hit.resource, ' ', h('span', { 'aria-hidden': 'true' }, '↗'), h('span', { class: 'unseen' }, `, ${t.newTab}`),
    ),
    h('p', { class: 'snippet' }, marked(hit.snippet, hit.highlights)),
    keywords.length > 0 && h('ul', { class: 'keywords', 'aria-label': t.keywords }, ...keywords),
  );
}

/**
 * Says that a corrected query was used, and offers the typed query.
 *
 * @param {Found} found
 * @param {string} exactAddress the address of the typed query's results
 */
export function correction(found, exactAddress) {
  return h(
    'p', { class: 'correction' },
    `${t.showing} `, h('strong', {}, found.used_query), '. ',
    `${t.instead} `, h('a', { href: exactAddress, 'data-exact': '' }, found.query), '.',
  );
}

/**
 * Offers a correction that was too unsure to be used.
 *
 * @param {string} query
 * @param {string} address the address of its results
 */
export function offer(query, address) {
  return h('p', { class: 'correction' }, `${t.maybe} `, h('a', { href: address, 'data-offered': '' }, query), '?');
}

/** @param {string} query */
export function nothing(query) {
  return h('div', { class: 'nothing' }, h('p', {}, t.nothing(query)), h('p', { class: 'muted' }, t.advice));
}
