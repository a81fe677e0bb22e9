"""The scripts that run inside the rehearsed page."""

BINDING = "rehearsalHears"
"""The function by which a page tells the rehearsal its events."""

LISTEN = f"""(() => {{
  if (window !== top) return;
  const tell = window.{BINDING};
  const names = [
    'ready', 'start', 'pause', 'resumed', 'finish', 'token-needed', 'load-failed', 'error',
  ];
  for (const name of names) {{
    const hear = ({{ detail }}) => tell(name, JSON.stringify(detail));
    addEventListener(`test-widget:${{name}}`, hear, true);
  }}
  addEventListener('securitypolicyviolation', (event) => {{
    const {{ blockedURI, effectiveDirective, disposition, sourceFile }} = event;
    const violation = {{ blockedURI, effectiveDirective, disposition, sourceFile }};
    tell('violation', JSON.stringify(violation));
  }}, true);
}})()"""
"""Tells the widget's events, and what the page's policy forbade."""

BLOCK_SOCKETS = """(() => {
  // It fails as a socket does on a network that refuses the upgrade.
  window.WebSocket = class extends EventTarget {
    static CONNECTING = 0; static OPEN = 1; static CLOSING = 2; static CLOSED = 3;
    readyState = 0; url; protocol = ''; extensions = ''; bufferedAmount = 0; binaryType = 'blob';
    onopen = null; onmessage = null; onerror = null; onclose = null;
    constructor(url) {
      super();
      this.url = String(url);
      setTimeout(() => this.close(), 5);
    }
    send() { throw new DOMException('not open', 'InvalidStateError'); }
    close() {
      if (this.readyState === 3) return;
      this.readyState = 3;
      for (const event of [new Event('error'), new CloseEvent('close', { code: 1006 })]) {
        this[`on${event.type}`]?.(event);
        this.dispatchEvent(event);
      }
    }
  };
})()"""
"""Lets no WebSocket open."""

STATE = """(widget) => {
  const { gateway, provider, test, sandbox, session, accessToken } = widget;
  const told = { gateway, provider, test, sandbox: Boolean(sandbox), attribute: session ?? '' };
  const state = widget.getState?.() ?? null;
  return state && { ...told, token: Boolean(accessToken), ...state };
}"""
"""What the element says of itself; null until its script has run."""

ANSWER = """async (widget, { until, forMs }) => {
  const root = widget.shadowRoot;
  const end = performance.now() + forMs;
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const changed = async (id, ms) => {
    for (const limit = performance.now() + ms; performance.now() < limit; await wait(4)) {
      const { question, screen } = widget.getState();
      if (question !== id || screen !== 'question') return true;
    }
    return false;
  };
  const next = () => root.querySelector('[part~="next"]')?.click();
  const answer = async (id, number) => {
    const find = (selector) => [...root.querySelectorAll(`form ${selector}`)];
    const radios = find('input[type="radio"]');
    const boxes = find('input[type="checkbox"]:not([role])');
    const fields = find('.field :is(input, textarea)');
    if (radios.length) {
      radios[(number * 7) % radios.length].click();
      if (await changed(id, 300)) return;
    }
    for (const field of fields) {
      field.value = field.inputMode === 'decimal' ? '7' : 'Rehearsal';
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    for (const box of boxes) {
      if (!box.checked && box.ariaDisabled !== 'true') box.click();
    }
    next();
    await changed(id, 1_000);
  };
  while (performance.now() < end) {
    const state = widget.getState();
    const { screen, question, number, answered } = state;
    if (answered >= until || ['pause', 'finish', 'trouble'].includes(screen)) return state;
    if (screen === 'question') await answer(question, number ?? answered);
    else {
      root.querySelector('[data-action="begin"]')?.click();
      await wait(10);
    }
  }
  return widget.getState();
}"""
"""Answers by the widget's own controls until so many questions are answered."""

PLACES = """() => {
  const places = {};
  for (const { name, value } of document.querySelectorAll('input[name]')) places[name] = value;
  for (const { name, content } of document.querySelectorAll('meta[name]')) places[name] = content;
  return places;
}"""
"""The values of a page in which tokens against forged requests stand, by their names."""

STORED = "() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])"
"""What the page keeps in the browser."""
