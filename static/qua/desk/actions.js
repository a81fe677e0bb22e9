/** What may be done with a question that is shown: edit it, see its versions, archive it. */
import { h } from '../dom.js';
import { archive, restore } from './calls.js';
import { actionButton, deskAddress, inside, questionAddress, tell } from './frame.js';
import { t } from './texts.js';

/** @typedef {import('./frame.js').Context} Context */

/**
 * @param {import('../api.js').Question} question
 * @param {Context} context
 * @returns {HTMLElement} which stays empty for those who may not change the question
 */
export function questionActions({ id, answer, created_by: author }, context) {
  const place = h('div', { class: 'actions' });
  const fault = h('p', { class: 'fault', role: 'alert' });
  /** @param {() => Promise<unknown>} act */
  const trying = async (act) => {
    fault.textContent = '';
    try {
      await act();
    } catch (error) {
      tell(error, fault, context);
    }
  };
  const back = actionButton(t.restore, () => trying(async () => {
    await restore(id);
    context.go(questionAddress(id));
  }));
  const away = actionButton(t.archiveIt, () => trying(async () => {
    await archive(id);
    place.replaceChildren(h('p', { role: 'status' }, t.archived), back, fault);
    back.focus();
  }));
  context.who().then((me) => {
    if (!me.editor && me.id !== author.id) return;
    place.append(
      inside(deskAddress('edit', { question: id }), answer ? t.editIt : t.answerIt, { class: 'button' }),
      inside(deskAddress('versions', { question: id }), t.versions, { class: 'button' }),
      away,
      fault,
    );
  }, (error) => tell(error, fault, context));
  return place;
}
