/** Pages of other sites that the search finds, too: adds, shows and removes them. */
import { h } from '../dom.js';
import { addPage, page, pages, removePage } from './calls.js';
import { actionButton, deskNavigation, deskView, nameOf, tell } from './frame.js';
import { growingList } from './lists.js';
import { t } from './texts.js';
import { t as common } from '../texts.js';

/** @typedef {import('./frame.js').Context} Context */

/** Most characters, as the API allows. */
const MAX_TITLE = 300;

/** @param {Context} context */
export function pagesView(context) {
  return deskView(t.pages, context, async () => {
    const me = await context.who();
    const place = h('div');
    const show = async () => place.replaceChildren(await growingList(
      context, pages, (line) => entry(line, me, context, show), t.noPages,
    ));
    await show();
    return [deskNavigation('pages', me), form(context, show), place];
  });
}

/** @param {Context} context @param {() => Promise<void>} onAdded */
function form(context, onAdded) {
  const url = h('input', { name: 'url', type: 'url', required: true, autocomplete: 'off', placeholder: 'https://' });
  const title = h('input', { name: 'title', maxlength: MAX_TITLE, autocomplete: 'off' });
  const content = h('textarea', { name: 'content', rows: 3, 'aria-describedby': 'content-hint' });
  const fault = h('p', { class: 'fault', role: 'alert' });
  const status = h('p', { class: 'muted', role: 'status' });
  const button = h('button', { class: 'primary' }, t.addPage);
  const element = h(
    'form', { class: 'desk-form' },
    h('label', {}, t.pageUrl, url),
    h('label', {}, t.pageTitle, title),
    h('label', {}, t.pageText, content),
    h('p', { class: 'muted hint', id: 'content-hint' }, t.pageTextHint),
    fault, status,
    h('p', { class: 'actions' }, button),
  );
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    fault.textContent = '';
    status.textContent = t.reading;
    try {
      const added = await addPage({
        url: url.value.trim(),
        ...(title.value.trim() && { title: title.value.trim() }),
        ...(content.value.trim() && { content: content.value }),
      });
      element.reset();
      status.textContent = t.pageAdded(added.title);
      await onAdded();
    } catch (error) {
      status.textContent = '';
      tell(error, fault, context);
    } finally {
      button.removeAttribute('aria-disabled');
    }
  });
  return element;
}

/**
 * @param {import('./calls.js').Page} line
 * @param {import('./calls.js').Me} me
 * @param {Context} context
 * @param {() => Promise<void>} onRemoved
 */
function entry({ id, url, resource, title, created_by: by, updated_at: at }, me, context, onRemoved) {
  const fault = h('p', { class: 'fault', role: 'alert' });
  const text = h('p', { class: 'page-text' }, common.loading);
  const details = h('details', {}, h('summary', {}, t.showText, h('span', { class: 'unseen' }, `: ${title}`)), text);
  details.addEventListener('toggle', async () => {
    if (!details.open) return;
    try {
      text.textContent = (await page(id)).content;
    } catch (error) {
      tell(error, fault, context);
    }
  });
  return h(
    'li', {},
    h(
      'div', {},
      h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, title, h('span', { class: 'unseen' }, `, ${common.newTab}`)),
      h('p', { class: 'muted' }, t.pageAbout(resource, nameOf(by), new Date(at))),
      details,
      fault,
    ),
    (me.editor || by.id === me.id) && actionButton(t.remove, async () => {
      fault.textContent = '';
      try {
        await removePage(id);
        await onRemoved();
      } catch (error) {
        tell(error, fault, context);
      }
    }, { 'aria-label': t.removeThis(title) }),
  );
}
