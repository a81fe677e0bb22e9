/** The screens before the first question, and what all are made of. */
import { spokenIn } from './languages.js';

/**
 * An element; attributes and children that are false, null or undefined are left out.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {Child[]} children
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** @param {string | null | undefined} text @param {Attributes} spoken see `spokenIn` */
function paragraphs(text, spoken) {
  return text ? text.trim().split(/\n\s*\n/).map((part) => h('p', { class: 'lead', ...spoken }, part)) : [];
}

/** @param {number} level @param {string | Node} text @param {Attributes} [spoken] see `spokenIn` @returns {HTMLElement} */
export function heading(level, text, spoken) {
  const tag = /** @type {'h2'} */ (`h${level}`);
  return h(tag, { class: 'heading', tabindex: -1, ...spoken }, text);
}

/** @param {string} action @param {string} text @param {boolean} [primary] */
export function button(action, text, primary = true) {
  const look = primary ? { class: 'primary', part: 'next' } : { class: 'quiet' };
  return h('button', { type: 'button', 'data-action': action, ...look }, text);
}

/** @param {Child[]} buttons */
export function actions(...buttons) {
  return h('div', { class: 'actions' }, ...buttons);
}

/** @type {DrawScreen} */
const welcome = ({ state, t, level, resumable }) => {
  const { name, slug, length, duration, paid, pause_after, description, instruction, authors } = /** @type {Test} */ (state.info);
  const spoken = spokenIn(state.info);
  const facts = [length && t.length(length), duration && t.duration(duration), paid && pause_after && t.payment(pause_after)];
  return [
    heading(level, name ?? slug, spoken),
    h('ul', { class: 'facts' }, ...facts.map((fact) => fact && h('li', {}, fact))),
    ...paragraphs(description, spoken),
    ...paragraphs(instruction, spoken),
    resumable
      ? actions(button('resume', t.resume), button('restart', t.restart, false))
      : actions(button('start', t.start)),
    authors?.length && h('p', { class: 'small' }, t.authors(authors)),
  ];
};

/** @type {DrawScreen} */
const instruction = ({ state, t, level }) => {
  const test = state.test ?? state.info;
  return [
    heading(level, t.instruction),
    ...paragraphs(test?.instruction, spokenIn(test)),
    actions(button('begin', t.begin)),
  ];
};

/** @param {number} level @param {string} text */
export function patience(level, text) {
  return h('div', { class: 'patience' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), heading(level, text));
}

/** @type {DrawScreen} */
const loading = ({ t, level, stuck }) => [patience(level, t.loading), stuck && h('p', { class: 'lead' }, t.unreachable[1])];

/** @type {Record<string, DrawScreen>} */
export const screens = { welcome, instruction, loading };
