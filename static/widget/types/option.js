/** One of several options: a radio group. */
import { h, picture } from '../screens.js';

/** @param {TypeContext} context */
export function render({ question, t, asset, radio }) {
  const options = question.options ?? [];
  const tiles = options.map(({ value, text, image }, index) => {
    const name = text ?? t.variant(index + 1);
    const body = image ? [picture(asset(image), text ? '' : name), text] : [name];
    return h(
      'label',
      { class: 'option', part: 'option' },
      radio(value),
      h('span', { class: 'option-body' }, ...body),
    );
  });
  const pictured = options.some(({ image }) => image);
  return h('div', { class: pictured ? 'options pictured' : 'options' }, ...tiles);
}
