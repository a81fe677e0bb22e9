/** A list whose entries can be dismissed, for all editors at once, and brought back. */
import { h } from '../dom.js';
import { actionButton, tell } from './frame.js';
import { t } from './texts.js';

/** @typedef {import('./frame.js').Context} Context */

/**
 * An entry stays where it is when it is dismissed, so that it can be brought back there; the focus goes to the next one.
 *
 * @template T
 * @param {T[]} items
 * @param {object} kind
 * @param {boolean} kind.dismissed whether the list is that of the dismissed entries
 * @param {(item: T) => string} kind.name
 * @param {(item: T) => HTMLElement} kind.about what is shown of an entry
 * @param {(item: T) => HTMLElement[]} kind.actions what else can be done with an entry that is not dismissed
 * @param {(item: T, dismissed: boolean) => Promise<unknown>} kind.dismiss
 * @param {string} kind.nothing what is said if the list is empty
 * @param {Context} context
 * @returns {HTMLElement[]}
 */
export function dismissableList(items, { dismissed: listed, name, about, actions, dismiss, nothing }, context) {
  const status = h('p', { class: 'muted', role: 'status' });
  const fault = h('p', { class: 'fault', role: 'alert' });
  /** @param {Element} row */
  const isListed = (row) => row.hasAttribute('data-dismissed') === listed;
  const count = () => {
    const left = rows.filter(isListed).length;
    return left ? t.count(left) : nothing;
  };
  const rows = items.map((item) => {
    const row = h('li');
    const details = about(item);
    const others = actions(item);
    /** @param {boolean} dismissed */
    const show = (dismissed) => {
      row.toggleAttribute('data-dismissed', dismissed);
      const shown = dismissed ? [h('span', { class: 'muted' }, t.dismissed), back] : [...others, away];
      row.replaceChildren(details, ...shown);
    };
    /** @param {boolean} dismissed */
    const change = async (dismissed) => {
      fault.textContent = '';
      try {
        await dismiss(item, dismissed);
      } catch (error) {
        tell(error, fault, context);
        return;
      }
      show(dismissed);
      status.textContent = `${(dismissed ? t.wasDismissed : t.wasBroughtBack)(name(item))} ${count()}`;
      const next = isListed(row) ? row : rows.slice(rows.indexOf(row)).find(isListed) ?? row;
      buttonOf(next)?.focus();
    };
    const away = button(t.dismiss, t.dismissThis(name(item)), () => change(true));
    const back = button(t.restore, t.restoreThis(name(item)), () => change(false));
    show(listed);
    return row;
  });
  status.textContent = count();
  return [status, fault, h('ul', { class: 'entries' }, ...rows)];
}

/** @param {HTMLElement} row @returns {HTMLElement | null} */
const buttonOf = (row) => row.querySelector('[data-dismisses]');

/** @param {string} text @param {string} label @param {() => Promise<void>} act */
function button(text, label, act) {
  const made = actionButton(text, act, { 'aria-label': label, 'data-dismisses': '' });
  // A key that is held down would go through the whole list, since the focus goes on.
  made.addEventListener('keydown', (event) => event.repeat && event.preventDefault());
  return made;
}
