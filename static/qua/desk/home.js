/** What the page shows before anybody searches: what people open most, and what is new. */
import { h } from '../dom.js';
import { t as page } from '../texts.js';
import { home } from './calls.js';
import { inside, questionAddress } from './frame.js';
import { t } from './texts.js';

/** @param {string} title @param {Node[]} entries */
function shelf(title, entries) {
  return entries.length > 0 && h('section', {}, h('h2', {}, title), h('ul', {}, ...entries.map((entry) => h('li', {}, entry))));
}

/**
 * @param {AbortSignal} signal
 * @returns {HTMLElement} which fills itself, and stays empty if the server can't tell: the search does not need it
 */
export function homeShelves(signal) {
  const place = h('div', { class: 'shelves' });
  home(signal).then((shown) => {
    place.append(...[
      shelf(t.popular, shown.popular.map(({ id, title, is_external: external, resource, url }) => (external
        ? h('span', {}, h(
          'a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, title, h('span', { class: 'unseen' }, `, ${page.newTab}`),
        ), h('span', { class: 'muted' }, ` ${resource} `), h('span', { class: 'muted', 'aria-hidden': 'true' }, '↗'))
        : inside(questionAddress(id), title)))),
      shelf(t.fresh, shown.new.map(({ id, title, answer_exists: answered }) => h(
        'span', {}, inside(questionAddress(id), title), !answered && h('span', { class: 'muted' }, ` ${t.unansweredYet}`),
      ))),
    ].filter((node) => node instanceof Node));
  }, () => {});
  return place;
}
