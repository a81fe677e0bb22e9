/** The synonyms: groups of words of which a search for one also finds the others. */
import { h } from '../dom.js';
import { addSynonyms, changeSynonyms, proposals, removeSynonyms, synonyms } from './calls.js';
import { actionButton, deskNavigation, deskView, nameOf, tell } from './frame.js';
import { t } from './texts.js';

/** @typedef {import('./frame.js').Context} Context */
/** @typedef {import('./calls.js').Synonyms} Synonyms */

/** Most characters of the field: twenty words of a hundred characters, as the API allows. */
const MAX_LENGTH = 2_000;

/** @param {string} text */
const wordsOf = (text) => text.split(',').map((word) => word.trim()).filter(Boolean);

/** @param {Context} context */
export function synonymsView(context) {
  return deskView(t.synonyms, context, async () => {
    const me = await context.who();
    if (!me.editor) return [deskNavigation('synonyms', me), h('p', {}, t.forbidden)];
    const place = h('ul', { class: 'entries' });
    const status = h('p', { class: 'muted', role: 'status' });
    const proposed = h('div');
    const show = async () => {
      const [groups, pairs] = await Promise.all([synonyms(), proposals()]);
      proposed.replaceChildren(...proposalsList(pairs, context, show));
      status.textContent = groups.length ? t.count(groups.length) : t.noSynonyms;
      place.replaceChildren(...groups.map((group) => entry(group, context, show)));
    };
    await show();
    const adding = fields({ words: [], one_way: false }, t.addSynonyms, async (given) => {
      await addSynonyms(given);
      await show();
      adding.reset();
    }, context);
    return [deskNavigation('synonyms', me), h('p', { class: 'muted' }, t.synonymsHint), adding, proposed, status, place];
  });
}

/**
 * What searches without hits propose; empty if they propose nothing.
 *
 * @param {{ words: string[], users: number }[]} pairs
 * @param {Context} context
 * @param {() => Promise<void>} onAdded
 */
function proposalsList(pairs, context, onAdded) {
  if (!pairs.length) return [];
  const fault = h('p', { class: 'fault', role: 'alert' });
  return [
    h('h2', {}, t.proposals),
    h('p', { class: 'muted' }, t.proposalsHint),
    fault,
    h('ul', { class: 'entries' }, ...pairs.map(({ words, users }) => h(
      'li', {},
      h('div', {}, h('strong', {}, words.join(' = ')), h('p', { class: 'muted' }, t.usersAlike(users))),
      actionButton(t.addSynonyms, async () => {
        fault.textContent = '';
        try {
          await addSynonyms({ words, one_way: false });
          await onAdded();
        } catch (error) {
          tell(error, fault, context);
        }
      }, { 'aria-label': `${t.addSynonyms}: ${words.join(' = ')}` }),
    ))),
  ];
}

/**
 * @param {{ words: string[], one_way: boolean }} group
 * @param {string} action what the button says
 * @param {(given: { words: string[], one_way: boolean }) => Promise<void>} act
 * @param {Context} context
 * @param {...Node} others further buttons
 */
function fields(group, action, act, context, ...others) {
  const words = h('input', { name: 'words', maxlength: MAX_LENGTH, required: true, autocomplete: 'off', autocapitalize: 'none', value: group.words.join(', ') });
  const oneWay = h('input', { name: 'one_way', type: 'checkbox', checked: group.one_way });
  const fault = h('p', { class: 'fault', role: 'alert' });
  const button = h('button', { class: 'primary' }, action);
  const form = h(
    'form', { class: 'desk-form' },
    h('label', {}, t.synonymWords, words),
    h('label', { class: 'check' }, oneWay, t.oneWay),
    fault,
    h('p', { class: 'actions' }, button, ...others),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.getAttribute('aria-disabled') === 'true') return;
    fault.textContent = '';
    const given = wordsOf(words.value);
    if (given.length < 2) {
      fault.textContent = t.twoWords;
      words.focus();
      return;
    }
    button.setAttribute('aria-disabled', 'true');
    try {
      await act({ words: given, one_way: oneWay.checked });
    } catch (error) {
      tell(error, fault, context);
    } finally {
      button.removeAttribute('aria-disabled');
    }
  });
  return form;
}

/** @param {Synonyms} group @param {Context} context @param {() => Promise<void>} onChanged */
function entry(group, context, onChanged) {
  const { id, words, one_way: oneWay, updated_by: by, updated_at: at } = group;
  const name = oneWay ? `${words[0]} → ${words.slice(1).join(', ')}` : words.join(' = ');
  const fault = h('p', { class: 'fault', role: 'alert' });
  const item = h('li');
  const remove = actionButton(t.remove, async () => {
    fault.textContent = '';
    try {
      await removeSynonyms(id);
      await onChanged();
    } catch (error) {
      tell(error, fault, context);
    }
  }, { 'aria-label': t.removeThis(name) });
  const edit = actionButton(t.editIt, async () => {
    const cancel = actionButton(t.cancel, async () => {
      show();
      edit.focus();
    });
    item.replaceChildren(fields(group, t.save, async (given) => {
      await changeSynonyms(id, given);
      await onChanged();
    }, context, cancel));
    item.querySelector('input')?.focus();
  }, { 'aria-label': t.editThis(name) });
  const show = () => item.replaceChildren(
    h('div', {}, h('strong', {}, name), h('p', { class: 'muted' }, t.changedBy(nameOf(by), new Date(at))), fault),
    edit, remove,
  );
  show();
  return item;
}
