/**
 * The widget on a page of its own, `/widget/<provider>/<test>`: in a frame it obeys the host's `frame.js` over one
 * MessagePort; opened by itself, or framed without that script, it takes its attributes from the query.
 */

/** What the query may set; tokens never travel in addresses. */
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
  // Imported only now: it begins at once for the widgets that it finds in the page.
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
    // The host shows a pause screen of its own.
    if (data.yielded) widget.hidden = true;
    if (!METHODS.includes(data.call)) return;
    await customElements.whenDefined('test-widget');
    const methods = /** @type {Record<string, Function>} */ (/** @type {unknown} */ (widget));
    port.postMessage({ reply: data.id, result: methods[data.call](...data.args) });
  };
  const tell = () => port.postMessage({ height: Math.ceil(main.getBoundingClientRect().height) });
  new ResizeObserver(tell).observe(main);
}

// A document of its own: its first heading is the test's.
apply({ provider, test, 'heading-level': '1' });

// frame.js names its origin, and `frame-ancestors` answers for it: nobody else's hello counts.
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
