/** Options that the visitor puts in order, the most important first, by dragging, by buttons or by the arrow keys. */
import { load } from '../load.js';
import { h } from '../screens.js';
import { addStyles } from '../styles.js';
import { face, nameOf } from './option.js';

/** @type {typeof import('./drag.js')} */
const { makeDraggable } = await load('types/drag.js');

addStyles(`
.ranking-hint { margin-block-end: .75em; color: var(--_tw-muted); }
.ranking { position: relative; display: grid; grid-template-columns: minmax(0, 1fr); gap: .625em; margin: 0; padding: 0; list-style: none; counter-reset: place; }
.item { display: flex; align-items: center; gap: .5em; min-block-size: max(44px, 3.5em); padding-inline-end: .375em; border: 1px solid var(--_tw-border); border-radius: calc(var(--_tw-radius) * .7); background: var(--_tw-surface); counter-increment: place; }
.item::before { content: counter(place); order: 1; flex: none; inline-size: 1.875em; border-radius: 1em; background: var(--_tw-background); box-shadow: inset 0 0 0 1px var(--_tw-border); color: var(--_tw-muted); font-weight: 650; line-height: 1.875; text-align: center; font-variant-numeric: tabular-nums; transition: background-color .15s; }
.ordered .item::before { background: var(--_tw-accent); box-shadow: none; color: var(--_tw-on-accent); }
.item > * { order: 2; }
.item .option-body { flex: 1; hyphens: auto; padding-block: .625em; }
.item .picture { flex: none; inline-size: 5em; margin: .5em 0; }
.grip { order: 0; align-self: stretch; flex: none; display: grid; place-content: center; inline-size: 44px; margin-inline-end: -.5em; color: var(--_tw-outline); cursor: grab; touch-action: none; user-select: none; -webkit-user-select: none; -webkit-touch-callout: none; }
.grip::before { content: ""; inline-size: .625em; block-size: 1.125em; background: radial-gradient(circle, currentColor .125em, transparent .16em) 0 0 / .375em .375em; }
.movers { flex: none; display: flex; }
.mover { display: grid; place-content: center; inline-size: 44px; min-block-size: 44px; padding: 0; border-color: transparent; background: transparent; color: var(--_tw-text); }
.mover::before { content: ""; inline-size: .5em; block-size: .5em; margin-block-start: .25em; border: solid; border-width: .15em 0 0 .15em; transform: rotate(45deg); }
.mover.down::before { margin-block: -.25em 0; transform: rotate(225deg); }
.mover:focus-visible { outline-offset: -3px; }
.mover[aria-disabled="true"] { color: var(--_tw-border); cursor: default; }
.dragged { position: relative; z-index: 1; border-color: var(--_tw-accent); box-shadow: var(--_tw-shadow); }
.dragged .grip { cursor: grabbing; }
@media (hover: hover) {
  .item:hover { border-color: var(--_tw-outline); }
  .mover:hover { background: var(--_tw-background); }
}
@container (max-width: 448px) {
  .movers { flex-direction: column; }
  .item { padding-inline-end: 0; }
}
@media (forced-colors: active) {
  .grip::before { forced-color-adjust: none; color: CanvasText; }
  .item::before { border: 1px solid; }
  .mover[aria-disabled="true"] { color: GrayText; }
  .dragged { outline: 2px solid Highlight; }
}
`);

const GLIDE_MS = 160;

/** @param {TypeContext} context */
export function render(context) {
  const { question, value, t, choose, propose, say } = context;
  const options = question.options ?? [];
  const known = new Map(options.map((option, index) => [nameOf(option), { option, index }]));
  const answered = value?.length === options.length;
  const order = answered ? value : [...known.keys()];
  const list = h('ol', { class: answered ? 'ranking ordered' : 'ranking', role: 'list' });

  const items = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const mark = () => {
    for (const [index, item] of items().entries()) {
      const [up, down] = item.querySelectorAll('button');
      up.ariaDisabled = String(index === 0);
      down.ariaDisabled = String(index === options.length - 1);
    }
  };
  /** @param {HTMLElement} item */
  const tell = (item) => say(t.place(String(item.dataset.name), items().indexOf(item) + 1, options.length));
  const chosen = () => {
    list.classList.add('ordered');
    mark();
    choose(items().map((item) => String(item.dataset.value)));
  };
  /** @param {HTMLElement} item @param {number} by -1: up, 1: down */
  const move = (item, by) => {
    const neighbour = by < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (neighbour instanceof HTMLElement) {
      exchange(item, neighbour);
      chosen();
    }
    tell(item);
  };
  /** @type {[HTMLElement, number] | undefined} */
  let last;
  /** @param {MouseEvent} event @param {HTMLElement} own @param {number} by */
  const press = ({ detail }, own, by) => {
    // After a click another item may be under the pointer, but a quick second click is meant for the same item again.
    last = detail > 1 && last ? last : [own, by];
    move(...last);
    last[0].querySelectorAll('button')[last[1] < 0 ? 0 : 1].focus();
  };

  for (const own of order) {
    const { option, index } = /** @type {{option: Choice, index: number}} */ (known.get(own));
    const name = option.text || option.image_alt || t.variant(index + 1);
    const grip = h('span', { class: 'grip', 'aria-hidden': 'true' });
    const [up, down] = [
      h('button', { type: 'button', class: 'mover up', 'aria-label': t.moveUp(name) }),
      h('button', { type: 'button', class: 'mover down', 'aria-label': t.moveDown(name) }),
    ];
    const item = h(
      'li',
      { class: 'item', part: 'option', tabindex: -1, 'data-value': own, 'data-name': name },
      grip,
      ...face(context, option, index),
      h('span', { class: 'movers' }, up, down),
    );
    up.addEventListener('click', (event) => press(event, item, -1));
    down.addEventListener('click', (event) => press(event, item, 1));
    item.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
      event.preventDefault();
      move(item, event.key === 'ArrowUp' ? -1 : 1);
    });
    makeDraggable(item, grip, exchange, () => {
      chosen();
      tell(item);
    });
    list.append(item);
  }
  mark();
  if (!answered) {
    choose(null);
    propose(order);
  }
  return h('div', {}, h('p', { class: 'ranking-hint', id: 'hint', lang: t.lang, dir: 'ltr' }, t.rank), list);
}

/**
 * Exchanges two neighbours. Only the neighbour is moved in the document, so that the item keeps focus and pointer.
 *
 * @param {HTMLElement} item @param {HTMLElement} neighbour
 */
function exchange(item, neighbour) {
  const both = [item, neighbour];
  const before = both.map((each) => each.getBoundingClientRect().top);
  if (neighbour === item.previousElementSibling) item.after(neighbour);
  else item.before(neighbour);
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  both.forEach((each, index) => {
    // A dragged item follows the pointer.
    if (each.classList.contains('dragged')) return;
    const leap = before[index] - each.getBoundingClientRect().top;
    each.animate([{ transform: `translateY(${leap}px)` }, { transform: 'none' }], { duration: GLIDE_MS, easing: 'ease-out' });
  });
}
