/** Defines `<test-widget>`. It asks for all modules at once: on a slow phone a round trip costs more than they do. */

const MODULES = [
  'element', 'player', 'stage', 'screens', 'connection', 'styles', 'reducer', 'outbox', 'protocol', 'backoff',
];

/** @type {Early} */
const early = new Map();

/** A wrong guess only costs a request. @param {Element} element @param {string} locale */
function headStart(element, locale) {
  const [provider, test, gateway, start] = ['provider', 'test', 'gateway', 'start'].map((name) => element.getAttribute(name));
  const home = new URL('../../', import.meta.url).href;
  if (!test || gateway || start === 'manual') return;
  const channel = `${home.replace(/^http/, 'ws')}ws/v1/widget`;
  early.set(channel, new WebSocket(channel, ['widget-gateway.v1']));
  if (element.hasAttribute('session') || remembers(`test-widget ${home} ${provider} ${test}`)) return;
  const info = `${home}tests/api/v1/info/${encodeURIComponent(test)}/?locale=${locale}`;
  const answer = fetch(info, { credentials: 'omit' });
  // Whoever takes it handles its error.
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

const elements = document.querySelectorAll('test-widget');
const language = elements[0]?.getAttribute('locale') || document.documentElement.lang || navigator.language;
const locale = /^ru\b/i.test(language) ? 'ru' : 'en';

// With many tests on a page, only a visitor's interest opens a socket.
if (elements.length === 1 && !document.hidden) headStart(elements[0], locale);

for (const name of [...MODULES, `texts/${locale}`, 'question', 'types/option']) import(`./${name}.js`).catch(() => {});

const { TestWidget } = await import('./element.js');
TestWidget.early = early;
if (!customElements.get('test-widget')) customElements.define('test-widget', TestWidget);
