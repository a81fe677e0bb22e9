/** One of several options: a radio group. */
import { h } from '../screens.js';

/** @param {TypeContext} context */
export function render(context) {
  return tiles(context, context.radio);
}

/** @param {TypeContext} context @param {(name: string) => HTMLInputElement} input */
export function tiles(context, input) {
  const options = context.question.options ?? [];
  const pictured = options.some(({ image }) => image);
  return h(
    'div',
    { class: pictured ? 'options pictured' : 'options' },
    ...options.map((option, index) =>
      h('label', { class: 'option', part: 'option' }, input(nameOf(option)), ...face(context, option, index)),
    ),
  );
}

/** What an answer names the option by: its id, or its value if it has no other. @param {Choice} option */
export function nameOf({ id, value }) {
  return id ?? value;
}

/** @param {TypeContext} context @param {Choice} option @param {number} index @returns {Child[]} */
export function face({ t, picture }, option, index) {
  const { text, image, image_alt: alt } = option;
  const name = text || alt || t.variant(index + 1);
  // A picture without an alternative, beside a text, is decoration.
  return [picture(option, alt || (text ? '' : name)), (text || !image) && h('span', { class: 'option-body' }, name)];
}
