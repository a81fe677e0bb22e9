/**
 * The table of parts, which is refreshed all the time, with a button for each thing that can be done to a part. A button
 * is always there, enabled or not, so that the focus stays where it is.
 */
import { language, t } from './texts.js';

/** @typedef {{ name: string, address: string, pid: number | null, state: string, acts: string[] }} Part */
/** @typedef {{ primary: string | null, parts: Part[] }} Cluster */
/** @typedef {Cluster & { token: string, about: { site: string } }} State */

/** Milliseconds between two refreshes. */
const LOOK_MS = 1000;

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The token that each change needs. Pages of other sites can't read it. */
let token = '';

const status = h('p', { role: 'status' });
const fault = h('p', { role: 'alert' });
const site = h('a', { target: '_blank', rel: 'noopener' }, t.site);
const body = h('tbody', {});
const headings = [t.part, t.address, t.process, t.state, t.actions];
const head = h('thead', {}, h('tr', {}, ...headings.map((heading) => h('th', { scope: 'col' }, heading))));

/** @type {Map<string, { show: (part: Part) => void }>} */
const rows = new Map();

/** @param {string} name */
function newRow(name) {
  const cells = { address: h('td', {}), pid: h('td', {}), state: h('td', {}) };
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();
  const actions = h('td', {});
  for (const [act, label] of Object.entries(t.acts)) {
    if (act === 'step-down' && !name.startsWith('member')) continue;
    const button = h('button', { type: 'button', 'aria-label': t.actOn(label, name) }, label);
    button.addEventListener('click', () => button.ariaDisabled === 'true' || perform(name, act));
    buttons.set(act, button);
    actions.append(button);
  }
  const row = h('tr', {}, h('th', { scope: 'row' }, name), cells.address, cells.pid, cells.state, actions);
  body.append(row);
  return {
    /** @param {Part} part */
    show(part) {
      row.dataset['state'] = part.state;
      cells.address.textContent = part.address;
      cells.pid.textContent = part.pid === null ? '–' : String(part.pid);
      cells.state.textContent = t.states[part.state] ?? part.state;
      // `disabled` would take the focus away from a button that was just pressed.
      for (const [act, button] of buttons) button.setAttribute('aria-disabled', String(!part.acts.includes(act)));
    },
  };
}

/** @param {Cluster} cluster */
function show(cluster) {
  const said = cluster.primary === null ? t.noPrimary : t.primary(cluster.primary);
  if (status.textContent !== said) status.textContent = said;
  for (const part of cluster.parts) {
    const row = rows.get(part.name) ?? newRow(part.name);
    rows.set(part.name, row);
    row.show(part);
  }
}

/** @param {string} name @param {string} act */
async function perform(name, act) {
  fault.textContent = '';
  try {
    const answer = await fetch(`/parts/${name}/${act}`, { method: 'POST', headers: { 'X-Cluster-Token': token } });
    const told = await answer.json();
    if (answer.ok) show(told);
    else fault.textContent = told.error.message ?? told.error.reason;
  } catch {
    fault.textContent = t.gone;
  }
}

async function look() {
  try {
    const answer = await fetch('/state');
    /** @type {State} */
    const state = await answer.json();
    token = state.token;
    site.href = state.about.site;
    document.body.classList.remove('gone');
    show(state);
  } catch {
    document.body.classList.add('gone');
    status.textContent = t.gone;
  }
  setTimeout(look, LOOK_MS);
}

document.documentElement.lang = language;
document.title = t.title;
document.body.append(
  h(
    'main',
    {},
    h('h1', {}, t.title),
    h('p', {}, t.intro),
    h('p', {}, site),
    h('p', {}, t.gateways),
    status,
    fault,
    h('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': t.title }, h('table', {}, head, body)),
  ),
);
look();
