/**
 * A scale of (five) steps between two statements, which the first and the last option have. Sighted visitors read the
 * statements at its ends; each step also has a name, for screen readers.
 */
import { h } from '../screens.js';
import { addStyles } from '../styles.js';
import { nameOf } from './option.js';

addStyles(`
.gradient { display: grid; grid-template: "left right" "steps steps" "named named" / 1fr 1fr; gap: var(--_tw-gap) 1.5em; padding: clamp(1em, 4cqi, 1.5em); border: 1px solid var(--_tw-border); border-radius: calc(var(--_tw-radius) * .7); background: var(--_tw-surface); }
.statement { grid-area: left; font-weight: 500; text-wrap: balance; }
.statement.right { grid-area: right; text-align: end; }
.steps { grid-area: steps; position: relative; display: flex; justify-content: space-between; margin-inline: -.5em; }
.steps::before { content: ""; position: absolute; inset: 50% 1.5em auto; margin-block-start: -1px; border-block-start: 2px solid var(--_tw-border); }
.step { position: relative; display: grid; place-content: center; inline-size: max(44px, 2.75em); aspect-ratio: 1; border-radius: 50%; cursor: pointer; }
.step input { font-size: .9375em; }
.step:nth-child(2) input, .step:nth-last-child(2) input { font-size: 1.125em; }
.step:first-child input, .step:last-child input { font-size: 1.375em; }
.step:has(:focus-visible) { outline: 3px solid var(--_tw-focus); outline-offset: 3px; }
.step :focus-visible { outline: 0; }
@media (hover: hover) { .step:hover input { border-color: var(--_tw-accent); } }
.named { grid-area: named; min-block-size: 1.55em; color: var(--_tw-muted); font-size: .9375em; text-align: center; text-wrap: balance; unicode-bidi: plaintext; }
@container (min-width: 576px) {
  .gradient { grid-template: "left steps right" "named named named" / 1fr minmax(16em, 1.4fr) 1fr; align-items: center; }
  .statement { text-align: end; }
  .statement.right { text-align: start; }
}
`);

/** @param {TypeContext} context */
export function render({ question, t, radio }) {
  const options = question.options ?? [];
  const left = options[0]?.text ?? '';
  const right = options.at(-1)?.text ?? '';
  const middle = (options.length - 1) / 2;
  const names = options.map(({ text }, index) => {
    const side = index < middle ? left : right;
    const unnamed = side ? t.scaleLeaning(side) : t.scaleStep(index + 1, options.length);
    return text || (index === middle ? t.scaleMiddle : unnamed);
  });
  const radios = options.map((option) => radio(nameOf(option)));
  const steps = radios.map((input, index) => {
    input.setAttribute('aria-label', names[index]);
    return h('label', { class: 'step', part: 'option' }, input);
  });
  const named = h('span', { class: 'named', 'aria-hidden': 'true' });
  /** @param {EventTarget | null} [under] what is under the pointer */
  const name = (under) => {
    const pointed = steps.findIndex((step) => under instanceof Node && step.contains(under));
    const chosen = radios.findIndex(({ checked }) => checked);
    named.textContent = names[pointed < 0 ? chosen : pointed] ?? t.scale;
  };
  const scale = h('div', { class: 'steps' }, ...steps);
  for (const event of ['pointerover', 'focusin', 'change']) scale.addEventListener(event, ({ target }) => name(target));
  scale.addEventListener('pointerleave', () => name());
  name();
  return h(
    'div',
    { class: 'gradient' },
    h('span', { class: 'statement', 'aria-hidden': 'true' }, left),
    scale,
    h('span', { class: 'statement right', 'aria-hidden': 'true' }, right),
    named,
  );
}
