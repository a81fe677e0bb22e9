/** One or more input fields. Enter moves to the next field, and from the last one to the next question. */
import { h } from '../screens.js';
import { addStyles } from '../styles.js';

addStyles(`
.fields { display: grid; gap: var(--_tw-gap); }
.field { display: grid; gap: .375em; }
.field-name { font-weight: 500; unicode-bidi: plaintext; }
.field :is(input, textarea) { inline-size: 100%; min-block-size: max(44px, 3.125em); padding: .6875em 1em; border: 1px solid var(--_tw-outline); border-radius: calc(var(--_tw-radius) * .5); background: var(--_tw-surface); color: inherit; font: inherit; transition: border-color .15s; }
.field textarea { display: block; field-sizing: content; max-block-size: 16em; resize: none; }
.field input { max-inline-size: 16em; font-variant-numeric: tabular-nums; }
.field [aria-invalid="true"] { border-color: var(--_tw-error); box-shadow: inset 0 0 0 1px var(--_tw-error); }
@media (hover: hover) { .field :is(input, textarea):hover { border-color: var(--_tw-accent); } }
.field :is(input, textarea):focus-visible { outline-offset: 1px; }
@media (forced-colors: active) { .field [aria-invalid="true"] { border: 4px double; } }
`);

/** Most characters of a field that the gateway accepts. */
const LONGEST = 2000;
const NUMBER = /^[-\u2212+]?\d+([.,]\d+)?$/;
/** Characters that can't be sent: NUL, and single halves of surrogate pairs. */
const UNSENDABLE = /[\0\p{Surrogate}]/gu;

/** @param {TypeContext} context */
export function render({ question, value, t, choose }) {
  const fields = question.fields ?? [];
  const required = !question.forward;
  const controls = fields.map(({ input }, index) => {
    const last = index === fields.length - 1;
    const shared = { required, 'aria-invalid': 'false', autocomplete: 'off', enterkeyhint: last ? 'done' : 'next' };
    // Native number fields silently drop what they don't understand, such as a comma.
    const control =
      input === 'number' ? h('input', { ...shared, inputmode: 'decimal' }) : h('textarea', { ...shared, rows: 1 });
    control.value = value?.[index] ?? '';
    return control;
  });
  const names = fields.map(({ placeholder }, index) => placeholder || t.field(fields.length > 1 ? index + 1 : 0));

  const show = () => {
    const texts = controls.map((control) => control.value.replace(UNSENDABLE, '').trim());
    const blank = names.filter((_, index) => !texts[index]);
    const wanting = required && blank.length ? t.fillIn(fields.length > 1 ? blank : []) : '';
    const faults = texts.map((text, index) => (text ? faultOf(text, fields[index], names[index], t) : wanting));
    controls.forEach((control, index) => control.setCustomValidity(faults[index]));
    const sent = texts.map((text) => [...text].slice(0, LONGEST).join(''));
    const typed = controls.map((control) => control.value);
    const draft = value || typed.some(Boolean) ? typed : null;
    choose(blank.length < names.length ? sent : null, false, wanting || faults.find(Boolean), draft);
  };

  const box = h(
    'div',
    { class: 'fields' },
    ...controls.map((control, index) => h('label', { class: 'field' }, h('span', { class: 'field-name' }, names[index]), control)),
  );
  box.addEventListener('input', ({ target }) => {
    /** @type {Element} */ (target).ariaInvalid = 'false';
    show();
  });
  box.addEventListener('invalid', ({ target }) => (/** @type {Element} */ (target).ariaInvalid = 'true'), { capture: true });
  box.addEventListener('keydown', (event) => {
    const index = controls.findIndex((control) => control === event.target);
    // Shift and Enter begin a new line. In Safari, 229 marks the Enter that ends a composition.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229 || index < 0) return;
    event.preventDefault();
    if (controls[index + 1]) controls[index + 1].focus();
    else controls[index].form?.requestSubmit();
  });
  show();
  return box;
}

/** @param {string} text @param {Field} field @param {string} name @param {Texts} t */
function faultOf(text, { input }, name, t) {
  const surplus = [...text].length - LONGEST;
  if (surplus > 0) return t.tooLong(surplus);
  return input === 'number' && !NUMBER.test(text) ? t.notNumber(name) : '';
}
