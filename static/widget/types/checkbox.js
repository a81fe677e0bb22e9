/** Several options, as many as `count` says or any number: check boxes with a count of those that are chosen. */
import { h } from '../screens.js';
import { addStyles } from '../styles.js';
import { tiles } from './option.js';

addStyles(`
.count { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: var(--_tw-gap); margin-block-end: .75em; color: var(--_tw-muted); }
.tally { flex: none; padding: .125em .75em; border-radius: 2em; background: var(--_tw-surface); box-shadow: inset 0 0 0 1px var(--_tw-border); font-size: .875em; font-variant-numeric: tabular-nums; }
.tally:empty { display: none; }
.done .tally { background: var(--_tw-accent); box-shadow: none; color: var(--_tw-on-accent); }
.closed { min-block-size: 1.5em; margin-block: .5em -.75em; color: var(--_tw-muted); font-size: .9375em; }
.closed.insisting { color: var(--_tw-error); font-weight: 500; }
.option input[type="checkbox"] { appearance: none; display: grid; place-content: center; inline-size: 1.375em; block-size: 1.375em; margin: 0; border: .125em solid var(--_tw-outline); border-radius: .375em; background: var(--_tw-background); font: inherit; cursor: inherit; transition: border-color .15s, background-color .15s; }
.option input[type="checkbox"]::before { content: ""; inline-size: .6875em; block-size: .375em; margin-block-end: .1875em; border: solid var(--_tw-on-accent); border-width: 0 0 .15em .15em; transform: rotate(-45deg) scale(0); transition: transform .15s ease-out; }
.option input[type="checkbox"]:checked { border-color: var(--_tw-accent); background: var(--_tw-accent); }
.option input[type="checkbox"]:checked::before { transform: rotate(-45deg) scale(1); }
.option:has([aria-disabled]) { background: transparent; color: var(--_tw-muted); cursor: not-allowed; }
@media (hover: hover) { .option:has([aria-disabled]):hover { border-color: var(--_tw-border); } }
@media (forced-colors: active) {
  .option input[type="checkbox"] { appearance: auto; }
  .option:has([aria-disabled]) { color: GrayText; }
  .tally { border: 1px solid; }
}
`);

/** @param {TypeContext} context */
export function render(context) {
  const { question, value, t, choose, say } = context;
  const count = question.count ?? 0;
  /** @type {HTMLInputElement[]} */
  const boxes = [];
  const list = tiles(context, (own) => {
    const checked = value?.includes(own);
    const box = h('input', { type: 'checkbox', name: 'answer', value: own, checked, 'aria-describedby': count && 'closed' });
    boxes.push(box);
    return box;
  });
  const tally = h('span', { class: 'tally' });
  const line = h('p', { class: 'count', id: 'hint', lang: t.lang, dir: 'ltr' }, h('span', {}, t.chooseSome(count)), ' ', tally);
  // It takes up its space from the start, so that nothing moves that the visitor is about to click.
  const closed = h('p', { class: 'closed', id: 'closed', lang: t.lang, dir: 'ltr' });

  const show = () => {
    const chosen = boxes.filter(({ checked }) => checked).map((box) => box.value);
    const full = count > 0 && chosen.length >= count;
    const complete = full || (!count && chosen.length > 0);
    for (const box of boxes) box.ariaDisabled = full && !box.checked ? 'true' : null;
    tally.textContent = chosen.length || count ? t.chosen(chosen.length, count) : '';
    closed.textContent = full && chosen.length < boxes.length ? t.untick : '';
    closed.className = 'closed';
    line.className = complete ? 'count done' : 'count';
    // Choosing nothing skips the question if that is allowed; choosing too few does not.
    const missing = chosen.length ? t.chooseMore(count - chosen.length) : question.forward ? '' : t.chooseSome(count);
    choose(complete ? chosen : null, false, complete ? '' : missing, value || chosen.length ? chosen : null);
  };
  const state = () => [tally, closed].map(({ textContent }) => textContent).filter(Boolean).join('. ');
  list.addEventListener('change', ({ target }) => {
    const box = /** @type {HTMLInputElement} */ (target);
    if (box.ariaDisabled) {
      box.checked = false;
      closed.className = 'closed insisting';
    } else show();
    say(state());
  });
  show();
  return h('div', {}, line, list, count > 0 && closed);
}
