/** Defines `<test-widget>`. It asks for all that the first screen needs at once: on a slow phone a round trip costs more. */

/** Modules of an old page stay available under its version. The gateway fills it in. */
const VERSION = '__VERSION__';

const HOME = new URL('../../', import.meta.url).href;
const HERE = new URL(VERSION.startsWith('_') ? './' : `v/${VERSION}/`, import.meta.url).href;
const MODULES = [
  'element', 'player', 'stage', 'screens', 'connection', 'styles', 'reducer', 'outbox', 'protocol', 'backoff', 'load',
  'question', 'languages', 'types/option',
];
const PAUSE_MS = 1_000;

/** @type {Early} */
const early = new Map();

/** A wrong guess only costs a request. @param {Element} element @param {string} locale see languages.js */
function headStart(element, locale) {
  const [provider, test, gateway, mode, start] = ['provider', 'test', 'gateway', 'start-mode', 'start'].map((name) =>
    element.getAttribute(name),
  );
  if (!test || gateway || (mode ?? start) === 'manual') return;
  const sandbox = ['off', 'false', null].includes(element.getAttribute('sandbox')) ? '' : ' sandbox';
  const record = remembered(`test-widget ${HOME} ${provider} ${test}${sandbox}`);
  const session = element.getAttribute('session') ?? record?.session;
  const resumeToken = element.getAttribute('resume-token') ?? record?.resumeToken;
  // Where no socket comes through, the tab remembers that.
  if (!(Number(remembered(`test-widget http ${HOME}http/v1/widget`)) > Date.now())) {
    const opening = session && resumeToken && { type: 'open', provider, session, resume_token: resumeToken };
    openSocket(opening ? JSON.stringify(opening) : undefined);
  }
  if (session) return;
  const query = new URLSearchParams({ locale, provider: provider ?? '' });
  const info = `${HOME}tests/api/v1/info/${encodeURIComponent(test)}/?${query}`;
  const answer = fetch(info, { credentials: 'omit' });
  // Whoever takes it handles its error.
  answer.catch(() => {});
  early.set(info, answer);
}

/** @param {string} [greeting] opens the attempt that the tab remembers */
function openSocket(greeting) {
  const channel = `${HOME.replace(/^http/, 'ws')}ws/v1/widget`;
  /** @type {EarlySocket} */
  const opened = { socket: new WebSocket(channel, ['widget-gateway.v1']), inbox: [] };
  const { socket, inbox } = opened;
  socket.onmessage = ({ data }) => inbox.push(data);
  socket.onopen = () => {
    if (greeting) socket.send(greeting);
    opened.greeting = greeting;
  };
  early.set(channel, opened);
}

/** @param {string} key @returns {any} */
function remembered(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** The rule of languages.js, which has not loaded yet. @param {string[]} tags */
function wishes(...tags) {
  const known = tags.flatMap((tag) => {
    try {
      return Intl.getCanonicalLocales(tag.replaceAll('_', '-'));
    } catch {
      return [];
    }
  });
  return [...new Set(known)].slice(0, 8).join() || 'en';
}

const elements = document.querySelectorAll('test-widget');
const around = elements[0]?.closest('[lang]')?.getAttribute('lang') || document.documentElement.lang;
const wanted = wishes(elements[0]?.getAttribute('locale') || around, ...navigator.languages);
const words = /(?:^|,)(ru|en|hy|az|kk|mn|fr)\b/.exec(wanted)?.[1] ?? 'en';

// With many tests on a page, only a visitor's interest opens a socket.
if (elements.length === 1 && !document.hidden) headStart(elements[0], wanted);

for (const name of [...MODULES, `texts/${words}`]) import(`${HERE}${name}.js`).catch(() => {});

/** Browsers remember modules that failed to load, so each further try has other addresses. */
async function loadElement() {
  for (let again = 0; ; again++) {
    try {
      return await import(`${HERE}${again ? `~${again}/` : ''}element.js`);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * Math.min(again + 1, 10)));
    }
  }
}

const { TestWidget } = await loadElement();
TestWidget.early = early;
TestWidget.home = HOME;
if (!customElements.get('test-widget')) customElements.define('test-widget', TestWidget);
