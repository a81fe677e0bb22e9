/**
 * The one script of a host page: defines `<test-widget>`.
 *
 * Built for the first visit on a slow phone, where each round trip costs more than all of this code: nothing is
 * imported statically, so that this file runs as soon as it arrives, asks for every module at once, and in
 * the same breath for what the first screen will need.
 */

/** What the first question takes; the rest follows when it's there. */
const MODULES = [
  'element', 'stage', 'player', 'screens', 'connection', 'styles', 'texts', 'dom', 'reducer', 'outbox', 'protocol',
  'backoff', 'question', 'types/option', 'types/gradient',
];

/** @type {Map<string, Promise<Response> | WebSocket>} */
const early = new Map();

/**
 * Begins what the element is about to ask for. It looks under the same addresses; what it doesn't find there it
 * asks for itself, so a wrong guess here costs a request and breaks nothing.
 *
 * @param {Element} element
 */
function headStart(element) {
  const [provider, test, locale] = ['provider', 'test', 'locale'].map((name) => element.getAttribute(name) ?? '');
  const home = new URL('../../', import.meta.url).href;
  if (element.hasAttribute('gateway') || element.getAttribute('start') === 'manual' || !test) return;
  const known = element.hasAttribute('session') || remembers(`test-widget ${home} ${provider} ${test}`);
  const channel = `${home.replace(/^http/, 'ws')}ws/v1/widget`;
  early.set(channel, new WebSocket(channel, ['widget-gateway.v1']));
  if (known || !locale) return;
  const info = `${home}tests/api/v1/info/${encodeURIComponent(test)}/?locale=${locale}`;
  const answer = fetch(info, { credentials: 'omit' });
  // Whoever takes it sees the failure; until then it's nobody's.
  answer.catch(() => {});
  early.set(info, answer);
}

/** @param {string} key */
function remembers(key) {
  try {
    return sessionStorage.getItem(key) !== null;
  } catch {
    return false;
  }
}

// A page that offers many tests opens no socket for each: only a visitor's interest does.
const elements = document.querySelectorAll('test-widget');
if (elements.length === 1 && !document.hidden) headStart(elements[0]);

for (const name of MODULES) import(`./${name}.js`).catch(() => {});

const { TestWidget } = await import('./element.js');
TestWidget.early = early;
if (!customElements.get('test-widget')) customElements.define('test-widget', TestWidget);
