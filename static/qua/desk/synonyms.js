/** The synonyms: groups of words of which a search for one also finds the others. */
import { h } from '../dom.js';
import { addSynonyms, changeSynonyms, dismissProposal, proposals, removeSynonyms, synonyms } from './calls.js';
import { dismissableList } from './dismissable.js';
import { actionButton, deskAddress, deskNavigation, deskView, inside, nameOf, tell } from './frame.js';
import { t } from './texts.js';

/** @typedef {import('./frame.js').Context} Context */
/** @typedef {import('./calls.js').Synonyms} Synonyms */
/** @typedef {import('./calls.js').Proposal} Proposal */

/** Most characters of the field: twenty words of a hundred characters, as the API allows. */
const MAX_LENGTH = 2_000;

/** @param {string} text */
const wordsOf = (text) => text.split(',').map((word) => word.trim()).filter(Boolean);

/** @param {Context} context */
export function synonymsView(context) {
  return context.parameters.has('dismissed') ? dismissedView(context) : groupsView(context);
}

/** @param {Context} context */
function groupsView(context) {
  return deskView(t.synonyms, context, async () => {
    const me = await context.who();
    if (!me.editor) return [deskNavigation('synonyms', me), h('p', {}, t.forbidden)];
    const place = h('ul', { class: 'entries' });
    const status = h('p', { class: 'muted', role: 'status' });
    const proposed = h('div', { class: 'desk-place' });
    const show = async () => {
      const [groups, pairs] = await Promise.all([synonyms(), proposals(false)]);
      proposed.replaceChildren(
        ...pairs.length ? [h('h2', {}, t.proposals), h('p', { class: 'muted' }, t.proposalsHint), ...proposalsList(pairs, false, context, show)] : [],
        h('p', {}, inside(deskAddress('synonyms', { dismissed: 1 }), t.dismissedProposals)),
      );
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

/** @param {Context} context */
function dismissedView(context) {
  return deskView(t.dismissedProposals, context, async () => {
    const me = await context.who();
    if (!me.editor) return [deskNavigation('', me), h('p', {}, t.forbidden)];
    const place = h('div', { class: 'desk-place' });
    const show = async () => place.replaceChildren(...proposalsList(await proposals(true), true, context, show));
    await show();
    return [deskNavigation('', me), h('p', { class: 'muted' }, t.dismissedHint), place];
  });
}

/**
 * What searches without hits propose.
 *
 * @param {Proposal[]} pairs
 * @param {boolean} dismissed whether these are the dismissed ones
 * @param {Context} context
 * @param {() => Promise<void>} onAdded
 */
function proposalsList(pairs, dismissed, context, onAdded) {
  const fault = h('p', { class: 'fault', role: 'alert' });
  /** @param {Proposal} pair */
  const name = ({ words }) => words.join(' = ');
  return [fault, ...dismissableList(pairs, {
    dismissed,
    name,
    about: (pair) => h('div', {}, h('strong', {}, name(pair)), h('p', { class: 'muted' }, t.usersAlike(pair.users))),
    actions: (pair) => [actionButton(t.addSynonyms, async () => {
      fault.textContent = '';
      try {
        await addSynonyms({ words: pair.words, one_way: false });
        await onAdded();
      } catch (error) {
        tell(error, fault, context);
      }
    }, { 'aria-label': `${t.addSynonyms}: ${name(pair)}` })],
    dismiss: ({ words }, away) => dismissProposal(words, away),
    nothing: dismissed ? t.noneDismissed : t.noProposals,
  }, context)];
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
