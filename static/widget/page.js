/**
 * The widget on a page of its own, `/widget/<provider>/<test>`. In a frame the host's `frame.js` controls it over a
 * MessagePort. Opened by itself, or in a frame without that script, it takes its attributes from the query.
 */

/** The attributes that the query may set. Tokens must not be in addresses. */
const FROM_QUERY = ['locale', 'theme', 'start', 'start-mode', 'auto-advance', 'heading-level', 'show-result', 'sandbox'];
/** The attributes that the host may set. */
const FROM_HOST = [...FROM_QUERY, 'session', 'resume-token', 'access-token'];
const METHODS = ['start', 'restart', 'resume', 'back', 'getState', 'getAnswers'];
const EVENTS = [
  'ready', 'start', 'answer', 'saved', 'connection', 'pause', 'load-failed', 'resumed', 'finish', 'token-needed', 'error',
];
/** The page's title, and what visitors read if the widget's modules can't be loaded. @type {Record<string, [string, string]>} */
const WORDS = {
  ru: ['Тест', 'Не удалось загрузить тест. Обновите, пожалуйста, страницу.'],
  en: ['Test', 'The test could not be loaded. Please reload the page.'],
  hy: ['Թեստ', 'Թեստը հնարավոր չեղավ բեռնել։ Խնդրում ենք թարմացնել էջը։'],
  az: ['Test', 'Testi yükləmək mümkün olmadı. Zəhmət olmasa, səhifəni yeniləyin.'],
  kk: ['Тест', 'Тестті жүктеу мүмкін болмады. Бетті жаңартыңыз.'],
  mn: ['Тест', 'Тестийг ачаалж чадсангүй. Хуудсыг дахин ачаална уу.'],
  fr: ['Test', 'Le test n’a pas pu être chargé. Veuillez recharger la page.'],
};

const [provider, test] = location.pathname.split('/').slice(-2).map(decodeURIComponent);
const query = new URLSearchParams(location.search);
const main = /** @type {HTMLElement} */ (document.querySelector('main'));
let widget = document.createElement('test-widget');
/** The language of the host's page. */
let hostLanguage = '';

/** @param {Record<string, string | null>} attributes */
function apply(attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) widget.removeAttribute(name);
    else widget.setAttribute(name, value);
  }
}

/** Gives the page the language and the theme of the widget; returns the language of our words. */
function dress() {
  const wanted = widget.getAttribute('locale') || hostLanguage || navigator.language;
  const words = [wanted, ...navigator.languages].map((tag) => tag.split(/[-_]/)[0].toLowerCase()).find((tag) => Object.hasOwn(WORDS, tag));
  document.documentElement.lang = wanted;
  [document.title] = WORDS[words ?? 'en'];
  document.body.dataset.theme = widget.getAttribute('theme') ?? 'auto';
  return words ?? 'en';
}

/** Shows the widget; resolves when its methods can be called. */
async function show() {
  const words = dress();
  document.body.classList.toggle('alone', window.parent === window);
  main.append(widget);
  try {
    // The module is imported only now, since it starts the widgets that it finds in the page at once.
    await import('./widget.js');
  } catch (error) {
    widget.lang = words;
    [, widget.textContent] = WORDS[words];
    widget.dispatchEvent(new CustomEvent('test-widget:load-failed', { detail: { code: 'network' }, bubbles: true }));
    throw error;
  }
}

/** Lets the host control the widget. @param {MessagePort} port @param {FrameHello} hello */
function serve(port, { attributes, lang, moved, kept }) {
  /** @type {Record<string, string | null>} what the host has set */
  let set = {};
  /** The host's page remembers an attempt that the host did not ask for. */
  let recalled = false;
  /** @type {((terms: { price?: string, href?: string }) => void) | undefined} of the pause */
  let offer;
  /** @type {Record<string, string | undefined>} resume tokens by their sessions */
  const tokens = {};

  /** Applies what the host has changed, and nothing else: the attempt in the frame may be a later one. */
  const follow = (/** @type {Record<string, string | null>} */ all) => {
    const changed = FROM_HOST.filter((name) => name in all && all[name] !== (set[name] ?? null));
    set = { ...set, ...all };
    apply(Object.fromEntries(changed.map((name) => [name, all[name]])));
    if (all.session && all['resume-token']) tokens[all.session] = all['resume-token'];
    dress();
  };

  /** An attempt of the sandbox ends with it. */
  const sandbox = () => !['off', 'false', null].includes(widget.getAttribute('sandbox'));

  /** @param {string} name @param {any} detail of an event */
  const hear = (name, detail) => {
    if (name === 'error' && detail.code === 'session_not_found' && recalled) return begin();
    if (name === 'start') tokens[detail.session] = detail.resumeToken;
    if (name === 'ready') recalled = false;
    const token = ['start', 'ready'].includes(name) && tokens[detail.session];
    // Functions can't be sent.
    const { offer: answer, ...plain } = detail;
    if (name === 'pause') offer = answer;
    if (name === 'resumed' || name === 'start') widget.hidden = false;
    const attempt = token ? { session: detail.session, token, sandbox: sandbox() } : undefined;
    port.postMessage({ event: name, detail: plain, attempt });
  };

  /** What the host's page remembers is out of date, so the visitor begins anew. */
  const begin = () => {
    recalled = false;
    const fresh = document.createElement('test-widget');
    widget.replaceWith(fresh);
    widget = fresh;
    apply({ provider, test, 'heading-level': '1' });
    [attributes, set] = [set, {}];
    follow(attributes);
  };

  for (const name of EVENTS) {
    main.addEventListener(`test-widget:${name}`, (event) => hear(name, /** @type {CustomEvent} */ (event).detail));
  }
  hostLanguage = lang ?? '';
  document.documentElement.lang = hostLanguage;
  follow(attributes);
  const manual = (attributes['start-mode'] ?? attributes.start) === 'manual';
  const attempt = moved ?? (manual || attributes.session ? null : kept);
  if (attempt?.sandbox === sandbox()) {
    recalled = true;
    tokens[attempt.session] = attempt.token;
    apply({ session: attempt.session, 'resume-token': attempt.token });
    // An element that was moved goes on with its attempt, even if its host starts it by hand.
    if (moved) apply({ 'start-mode': 'auto' });
  }
  const shown = show();

  port.onmessage = async ({ data }) => {
    if (data.attributes) follow(data.attributes);
    // The host shows its own pause screen.
    if (data.yielded) widget.hidden = true;
    if (data.offer) offer?.(terms(data));
    if (!METHODS.includes(data.call)) return;
    const { call, id, args } = data;
    try {
      await shown;
      if (call === 'resume' && args[0]?.session) {
        recalled = false;
        tokens[args[0].session] = args[0].resumeToken;
      }
      const methods = /** @type {Record<string, Function>} */ (/** @type {unknown} */ (widget));
      port.postMessage({ reply: id, result: await methods[call](...args) });
    } catch (error) {
      port.postMessage({ reply: id, error });
    }
  };
  // The host learns that the frame is here, even if it is not drawn.
  port.postMessage({ title: document.title });
  const measure = () => port.postMessage({ height: Math.ceil(main.getBoundingClientRect().height), title: document.title });
  new ResizeObserver(measure).observe(main);
  shown.catch(() => {});
}

/** The host's offer. Its address is relative to the host's page, and leads to nothing but a page. @param {any} message */
function terms({ offer: { price, href }, base }) {
  try {
    const address = new URL(href, base);
    return { price, href: /^https?:$/.test(address.protocol) ? address.href : undefined };
  } catch {
    return { price };
  }
}

// The page has no other heading, so the test's is of the first level.
apply({ provider, test, 'heading-level': '1' });

// Only messages from the origin that frame.js names are accepted; `frame-ancestors` makes sure that it may frame this page.
const host = query.get('host');
if (host && window.parent !== window) {
  addEventListener('message', function greet({ data, origin, ports, source }) {
    if (source !== window.parent || origin !== host || data?.type !== 'test-widget:hello' || ports.length !== 1) return;
    removeEventListener('message', greet);
    serve(ports[0], data);
  });
} else {
  apply(Object.fromEntries(FROM_QUERY.filter((name) => query.has(name)).map((name) => [name, query.get(name)])));
  show().catch(() => {});
}
