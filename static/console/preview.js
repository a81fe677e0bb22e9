/** The page of a preview: gives the widget in the frame its token and choices, and hears how the attempt goes. */

/** @type {<T extends HTMLElement>(id: string) => T} */
const byId = (id) => /** @type {any} */ (document.getElementById(id));
const stage = byId('stage');
const { base = '', gateway = '', widget: address = '' } = stage.dataset;
const frame = /** @type {HTMLIFrameElement} */ (byId('widget'));
const locale = /** @type {HTMLSelectElement} */ (byId('locale'));
const size = /** @type {HTMLSelectElement} */ (byId('size'));
const seed = /** @type {HTMLInputElement} */ (byId('seed'));
/** The attempt that awaits its payment. */
let paused = '';
/** @type {MessagePort | undefined} */
let port;
/** The number of the beginning, so that a token that comes late is not used. */
let beginning = 0;

/** @param {string} path @param {Record<string, string>} [fields] */
async function post(path, fields = {}) {
  const body = new URLSearchParams(/** @type {any} */ (new FormData(/** @type {HTMLFormElement} */ (byId('token')))));
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(`${base}${path}/`, { method: 'POST', body });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** @param {() => Promise<void>} work */
async function guarded(work) {
  try {
    await work();
    byId('trouble').hidden = true;
  } catch {
    byId('trouble').hidden = false;
  }
}

/**
 * Shows the widget with a token for another attempt. After a reload of the page it goes on with the attempt that its
 * frame remembers, unless the author wants another one.
 * @param {'auto' | 'manual'} mode
 */
function begin(mode) {
  const mine = ++beginning;
  byId('pay').hidden = true;
  byId('finished').hidden = true;
  guarded(async () => {
    const { token } = await post('token');
    if (mine !== beginning) return;
    port?.close();
    frame.onload = () => greet(token, mode);
    frame.src = address;
  });
}

/** Opens the way to the widget's page, as `frame.js` does. @param {string} token @param {string} mode */
function greet(token, mode) {
  const { port1, port2 } = new MessageChannel();
  port = port1;
  port1.onmessage = ({ data }) => hear(data);
  const attributes = {
    locale: locale.value, 'access-token': token, 'start-mode': mode, sandbox: 'on', 'show-result': 'off',
  };
  const hello = { type: 'test-widget:hello', attributes, lang: document.documentElement.lang };
  frame.contentWindow?.postMessage(hello, gateway, [port2]);
}

/** @param {{ height?: number, event?: string, detail?: any }} message */
function hear({ height, event, detail }) {
  if (height) frame.height = String(height);
  if (event === 'pause') paused = detail.session;
  if (event === 'pause' || event === 'resumed') byId('pay').hidden = event === 'resumed';
  if (event === 'finish') {
    const query = new URLSearchParams({ key: detail.resultKey, locale: locale.value });
    /** @type {HTMLIFrameElement} */ (byId('report')).src = `${base}report/?${query}`;
    /** @type {HTMLAnchorElement} */ (byId('finished-pdf')).href = `${base}report/?${query}&form=pdf`;
    byId('finished').hidden = false;
  }
}

/** Keeps the choices in the address, so that a reload shows the same. */
function remember() {
  const query = new URLSearchParams({ locale: locale.value, size: size.value, seed: seed.value });
  history.replaceState(null, '', `?${query}`);
}

function simulate() {
  const query = new URLSearchParams({ seed: seed.value, locale: locale.value });
  /** @type {HTMLIFrameElement} */ (document.querySelector('#simulated iframe')).src = `${base}report/?${query}`;
  /** @type {HTMLAnchorElement} */ (byId('simulated-pdf')).href = `${base}report/?${query}&form=pdf`;
  remember();
}

locale.addEventListener('change', () => {
  begin('manual');
  simulate();
});
size.addEventListener('change', () => {
  for (const each of document.querySelectorAll('.stage')) each.className = `stage ${size.value}`;
  remember();
});
byId('again').addEventListener('click', () => begin('manual'));
byId('pay').addEventListener('click', () => guarded(async () => {
  await post('payment', { session: paused });
  byId('pay').hidden = true;
}));
byId('other').addEventListener('click', () => {
  seed.value = String(Math.floor(Math.random() * 1e9));
  simulate();
});
for (const form of document.querySelectorAll('form.filters')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.id === 'choices') begin('manual');
    else simulate();
  });
}
byId('deeds').hidden = false;
byId('other').hidden = false;
begin('auto');

export {};
