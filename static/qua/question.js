/** The view of a question with its answer. */
import { ApiError, question } from './api.js';
import { fromServer, h } from './dom.js';
import { questionActions } from './desk/actions.js';
import { nameOf } from './desk/frame.js';
import { told } from './results.js';
import { t } from './texts.js';

/** @typedef {import('./api.js').Question} Question */

/** @param {Question} shown */
function body({ keywords, answer, created_at, created_by }) {
  return [
    h('p', { class: 'muted' }, t.asked(nameOf(created_by), new Date(created_at))),
    keywords.length > 0 && h('ul', { class: 'keywords', 'aria-label': t.keywords }, ...keywords.map((word) => h('li', {}, word))),
    answer ? fromServer(answer.html) : h('p', { class: 'muted' }, t.noAnswer),
    answer && h('p', { class: 'muted' }, t.answered(nameOf(answer.updated_by), new Date(answer.updated_at))),
  ];
}

/**
 * @param {{ id: number, from: import('./api.js').UrlParams | undefined, backAddress: string, hasResults: boolean,
 *   context: import('./desk/frame.js').Context, onBack: () => void }} options
 * @returns {HTMLElement} which loads the question, and whose heading then takes the focus
 */
export function questionView({ id, from, backAddress, hasResults, context, onBack }) {
  const { signal, onSignedOut } = context;
  const back = h('a', { class: 'back', href: backAddress }, hasResults ? t.back : t.toSearch);
  back.addEventListener('click', (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    onBack();
  });
  const heading = h('h1', { tabindex: -1 }, t.loading);
  const article = h('article', {}, heading);
  const load = async () => {
    try {
      const shown = await question(id, from, signal);
      heading.textContent = shown.title;
      document.title = shown.title;
      const nodes = [...body(shown), questionActions(shown, context)];
      article.replaceChildren(heading, ...nodes.filter((node) => node instanceof Node));
    } catch (error) {
      if (signal.aborted) return;
      const status = error instanceof ApiError ? error.status : 0;
      if (status === 401) return onSignedOut();
      if (status === 404) {
        heading.textContent = t.gone;
        return;
      }
      heading.textContent = told(error);
      const retry = h('button', { type: 'button' }, t.retry);
      retry.addEventListener('click', load);
      article.replaceChildren(heading, retry);
    }
    heading.focus();
  };
  load();
  return h('main', { class: 'wide' }, back, article);
}
