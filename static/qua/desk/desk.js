/** The views of the editor's desk by the name that the address has for them. */
import { askView, editView } from './form.js';
import { archiveView, searchesView, unansweredView } from './lists.js';
import { pagesView } from './pages.js';
import { synonymsView } from './synonyms.js';
import { versionsView } from './versions.js';

/** @typedef {import('./frame.js').Context} Context */

/** @type {Record<string, (context: Context) => HTMLElement>} */
const VIEWS = {
  ask: askView,
  edit: editView,
  versions: versionsView,
  unanswered: unansweredView,
  searches: searchesView,
  archive: archiveView,
  pages: pagesView,
  synonyms: synonymsView,
};

/** @param {string} name @param {Context} context @returns {HTMLElement | null} null if there is no such view */
export function viewOfDesk(name, context) {
  return Object.hasOwn(VIEWS, name) ? VIEWS[name](context) : null;
}
