/**
 * A scale of (five) steps between two statements, which the first and the last option carry. Sighted visitors
 * read the statements at its ends; each step also has a name of its own for those who hear it.
 *
 * @import {TypeContext} from '../shapes.js'
 */
import { h } from '../dom.js';

/** @param {TypeContext} context */
export function render({ question, t, radio }) {
  const options = question.options ?? [];
  const left = options[0]?.text ?? '';
  const right = options.at(-1)?.text ?? '';
  const middle = (options.length - 1) / 2;
  const steps = options.map(({ value, text }, index) => {
    const side = index < middle ? left : right;
    const unnamed = side ? t.scaleLeaning(side) : t.scaleStep(index + 1, options.length);
    const input = radio(value);
    input.setAttribute('aria-label', text || (index === middle ? t.scaleMiddle : unnamed));
    return h('label', { class: 'step', part: 'option' }, input);
  });
  return h(
    'div',
    { class: 'gradient' },
    h('span', { class: 'statement', 'aria-hidden': 'true' }, left),
    h('div', { class: 'steps' }, ...steps),
    h('span', { class: 'statement', 'aria-hidden': 'true' }, right),
  );
}
