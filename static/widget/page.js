/**
 * The widget on a page of its own, `/widget/<provider>/<test>`. In a frame the host's `frame.js` controls it over a
 * MessagePort. Opened by itself, or in a frame without that script, it takes its attributes from the query.
 */

/** The attributes that the query may set. Tokens must not be in addresses. */
const FROM_QUERY = ['locale', 'theme', 'start', 'auto-advance', 'heading-level', 'show-result'];
const METHODS = ['start', 'restart', 'resume', 'back', 'getState', 'getAnswers'];
const EVENTS = [
  'ready', 'start', 'answer', 'saved', 'connection', 'pause', 'resumed', 'finish', 'token-needed', 'error',
];

const [provider, test] = location.pathname.split('/').slice(-2).map(decodeURIComponent);
const query = new URLSearchParams(location.search);
const widget = document.createElement('test-widget');
const main = /** @type {HTMLElement} */ (document.querySelector('main'));

/** @param {Record<string, string | null>} attributes */
function apply(attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) widget.removeAttribute(name);
    else widget.setAttribute(name, value);
  }
}

function show() {
  const locale = widget.getAttribute('locale') ?? navigator.language;
  document.documentElement.lang = /^ru\b/i.test(locale) ? 'ru' : 'en';
  document.title = document.documentElement.lang === 'ru' ? 'Тест' : 'Test';
  document.body.dataset.theme = widget.getAttribute('theme') ?? 'auto';
  document.body.classList.toggle('alone', window.parent === window);
  main.append(widget);
  // The module is imported only now, since it starts the widgets that it finds in the page at once.
  import('./widget.js');
}

/** @param {MessagePort} port */
function serve(port) {
  for (const name of EVENTS) {
    widget.addEventListener(`test-widget:${name}`, (event) => {
      port.postMessage({ event: name, detail: /** @type {CustomEvent} */ (event).detail });
      if (name === 'resumed' || name === 'start') widget.hidden = false;
    });
  }
  port.onmessage = async ({ data }) => {
    if (data.attributes) apply(data.attributes);
    // The host shows its own pause screen.
    if (data.yielded) widget.hidden = true;
    if (!METHODS.includes(data.call)) return;
    await customElements.whenDefined('test-widget');
    const methods = /** @type {Record<string, Function>} */ (/** @type {unknown} */ (widget));
    port.postMessage({ reply: data.id, result: methods[data.call](...data.args) });
  };
  const tell = () => port.postMessage({ height: Math.ceil(main.getBoundingClientRect().height) });
  new ResizeObserver(tell).observe(main);
}

// The page has no other heading, so the test's is of the first level.
apply({ provider, test, 'heading-level': '1' });

// Only messages from the origin that frame.js names are accepted; `frame-ancestors` makes sure that it may frame this page.
const host = query.get('host');
if (host && window.parent !== window) {
  addEventListener('message', function greet({ data, origin, ports, source }) {
    if (source !== window.parent || origin !== host || data?.type !== 'test-widget:hello' || ports.length !== 1) return;
    removeEventListener('message', greet);
    apply(data.attributes);
    serve(ports[0]);
    show();
  });
} else {
  for (const name of FROM_QUERY) apply(query.has(name) ? { [name]: query.get(name) } : {});
  show();
}
