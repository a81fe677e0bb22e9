/** The versions of a question, and what differs between two of them. */
import { h } from '../dom.js';
import { version, versions } from './calls.js';
import { difference } from './diff.js';
import { actionButton, deskAddress, deskView, inside, nameOf, questionAddress, tell } from './frame.js';
import { t } from './texts.js';

/** @typedef {import('./frame.js').Context} Context */
/** @typedef {import('./form.js').Fields} Fields */
/** @typedef {import('./calls.js').VersionLine} VersionLine */

/** @param {string[]} words */
const list = (words) => words.join(', ');

/** @param {Fields} before @param {Fields} after @returns {Partial<Fields>} the fields of `after` that differ */
export function changedFields(before, after) {
  return {
    ...(before.title !== after.title && { title: after.title }),
    ...(JSON.stringify(before.keywords) !== JSON.stringify(after.keywords) && { keywords: after.keywords }),
    ...(before.raw !== after.raw && { raw: after.raw }),
  };
}

/**
 * Nodes that show what differs, for each field that does.
 *
 * @param {Fields} before
 * @param {Fields} after
 * @param {'h2' | 'h3'} level of their headings
 * @returns {Node[]}
 */
export function differences(before, after, level) {
  const changed = changedFields(before, after);
  const shown = [
    'title' in changed && comparison(level, t.title, before.title, after.title),
    'keywords' in changed && comparison(level, t.keywords, list(before.keywords), list(after.keywords)),
    'raw' in changed && comparison(level, t.answer, before.raw, after.raw),
  ].filter((node) => node instanceof Node);
  return shown.length ? shown : [h('p', { class: 'muted' }, t.same)];
}

/** @param {'h2' | 'h3'} level @param {string} name @param {string} before @param {string} after */
function comparison(level, name, before, after) {
  // Colours alone would not tell what was removed: it is struck through, and screen readers hear words.
  const nodes = difference(before, after).map(({ kind, text }) => {
    if (kind === 'same') return text;
    const tag = kind === 'removed' ? 'del' : 'ins';
    return h(tag, {}, h('span', { class: 'unseen' }, kind === 'removed' ? t.removedText : t.addedText), text);
  });
  return h('section', {}, h(level, {}, name), h('div', { class: 'difference' }, ...nodes));
}

/** @param {VersionLine} shown */
function nameOfVersion({ version: number, by, at, archived }) {
  return t.version(number, nameOf(by), new Date(at)) + (archived ? ` ${t.inArchive}` : '');
}

/** @param {Context} context */
export function versionsView(context) {
  const id = Number(context.parameters.get('question'));
  return deskView(t.versions, context, async () => {
    const all = await versions(id);
    const choice = (/** @type {string} */ name, /** @type {number} */ chosen) => h(
      'select', { name },
      ...all.map((line, n) => h('option', { value: line.version, selected: n === chosen }, nameOfVersion(line))),
    );
    const before = choice('before', Math.min(1, all.length - 1));
    const after = choice('after', 0);
    const place = h('div', { class: 'differences', role: 'region', 'aria-live': 'polite', 'aria-label': t.differences });
    const fault = h('p', { class: 'fault', role: 'alert' });
    const compare = async () => {
      fault.textContent = '';
      const asked = [before.value, after.value].map(Number);
      try {
        const [one, other] = await Promise.all(asked.map((number) => version(id, number)));
        if (Number(before.value) !== asked[0] || Number(after.value) !== asked[1]) return;
        place.replaceChildren(...differences(one, other, 'h2'));
      } catch (error) {
        tell(error, fault, context);
      }
    };
    before.addEventListener('change', compare);
    after.addEventListener('change', compare);
    await compare();
    const title = all[0].archived
      ? h('strong', {}, all[0].title)
      : inside(questionAddress(id), all[0].title);
    return [
      h('p', {}, title),
      h('div', { class: 'choices' }, h('label', {}, t.before, before), h('label', {}, t.after, after)),
      fault,
      place,
      h('p', { class: 'actions' }, actionButton(
        t.editFormer,
        async () => context.go(deskAddress('edit', { question: id, from: before.value })),
      )),
    ];
  });
}
