/** The lists to work through: questions without an answer, searches that find nothing, and the archive. */
import { h } from '../dom.js';
import { t as page } from '../texts.js';
import { dismissUnmet, questions, restore, unmet } from './calls.js';
import { dismissableList } from './dismissable.js';
import { actionButton, deskAddress, deskNavigation, deskView, inside, nameOf, questionAddress, tell } from './frame.js';
import { t } from './texts.js';

/** @typedef {import('./frame.js').Context} Context */
/** @typedef {import('./calls.js').QuestionLine} QuestionLine */

/** Entries that are loaded at once. */
const LIMIT = 50;

/**
 * A list that shows more on demand.
 *
 * @template T
 * @param {Context} context
 * @param {(part: import('./calls.js').Part) => Promise<{ response: T[], total: number }>} read
 * @param {(item: T) => HTMLElement} item
 * @param {string} nothing what is said if the list is empty
 * @returns {Promise<HTMLElement>}
 */
export async function growingList(context, read, item, nothing) {
  const list = h('ul', { class: 'entries' });
  const status = h('p', { class: 'muted', role: 'status' });
  const fault = h('p', { class: 'fault', role: 'alert' });
  const more = actionButton(page.more, async () => {
    fault.textContent = '';
    const last = list.lastElementChild;
    try {
      await append();
      const next = last?.nextElementSibling?.querySelector('a, button');
      if (next instanceof HTMLElement) next.focus();
    } catch (error) {
      tell(error, fault, context);
    }
  }, { class: 'more' });
  let offset = 0;
  const append = async () => {
    const { response, total } = await read({ limit: LIMIT, offset });
    offset += response.length;
    list.append(...response.map(item));
    status.textContent = total ? t.count(total) : nothing;
    more.hidden = !response.length || offset >= total;
  };
  await append();
  return h('div', {}, status, list, fault, more);
}

/** @param {QuestionLine} question @param {(Node | false)[]} actions */
function entry({ title, id, created_at: at, created_by: by }, address = questionAddress(id), ...actions) {
  return h(
    'li', {},
    h('div', {}, address ? inside(address, title) : h('strong', {}, title), h('p', { class: 'muted' }, page.asked(nameOf(by), new Date(at)))),
    ...actions,
  );
}

/** @param {Context} context */
export function unansweredView(context) {
  return deskView(t.unanswered, context, async () => {
    const me = await context.who();
    const list = await growingList(
      context,
      (part) => questions('unanswered', part),
      (question) => entry(
        question, questionAddress(question.id),
        (me.editor || question.created_by.id === me.id) &&
          inside(deskAddress('edit', { question: question.id }), t.answerIt, { class: 'button', 'aria-label': t.answerThis(question.title) }),
      ),
      t.allAnswered,
    );
    return [deskNavigation('unanswered', me), list];
  });
}

/** @param {Context} context */
export function archiveView(context) {
  return deskView(t.archive, context, async () => {
    const me = await context.who();
    const fault = h('p', { class: 'fault', role: 'alert' });
    const list = await growingList(
      context,
      (part) => questions('archived', part),
      (question) => entry(
        question, '',
        inside(deskAddress('versions', { question: question.id }), t.versions, { 'aria-label': t.versionsOf(question.title) }),
        actionButton(t.restore, async () => {
          try {
            await restore(question.id);
            context.go(questionAddress(question.id));
          } catch (error) {
            tell(error, fault, context);
          }
        }, { 'aria-label': t.restoreThis(question.title) }),
      ),
      t.archiveEmpty,
    );
    return [deskNavigation('archive', me), fault, list];
  });
}

/** @param {Context} context */
export function searchesView(context) {
  const dismissed = context.parameters.has('dismissed');
  return deskView(dismissed ? t.dismissedSearches : t.searches, context, async () => {
    const me = await context.who();
    if (!me.editor) return [deskNavigation('searches', me), h('p', { class: 'muted' }, t.forbidden)];
    return [
      deskNavigation(dismissed ? '' : 'searches', me),
      h('p', { class: 'muted' }, dismissed ? t.dismissedHint : t.searchesHint),
      ...dismissableList(await unmet(dismissed), {
        dismissed,
        name: ({ query }) => query,
        about: ({ query, count, users, last_at: at }) => h(
          'div', {},
          inside(`/qua/?${new URLSearchParams({ query })}`, query),
          h('p', { class: 'muted' }, t.searched(count, users, new Date(at))),
        ),
        actions: ({ query }) => [
          inside(deskAddress('ask', { title: query }), t.writeAnswer, { class: 'button', 'aria-label': t.writeAnswerTo(query) }),
        ],
        dismiss: ({ query }, away) => dismissUnmet(query, away),
        nothing: dismissed ? t.noneDismissed : t.allFound,
      }, context),
      !dismissed && h('p', {}, inside(deskAddress('searches', { dismissed: 1 }), t.dismissedSearches)),
    ];
  });
}
