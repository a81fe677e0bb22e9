/** The page of `test preview`: the widget with the test of a file, and the faults of the file as it is saved. */

/** How often the page asks whether the file was saved, in milliseconds: sooner than an author looks up. */
const POLL_MS = 500;

const TEXTS = {
  en: {
    locale: 'Language', phone: 'Phone width', again: 'Begin anew', pay: 'Confirm the payment',
    random: 'Report of random answers', faults: 'Faults of the file', none: 'The file has no fault.',
    kept: 'The file has faults. The test is that of the last good one.', never: 'The file has faults.',
    ended: 'The preview has ended.',
  },
  ru: {
    locale: 'Язык', phone: 'Ширина телефона', again: 'Начать заново', pay: 'Подтвердить оплату',
    random: 'Отчёт по случайным ответам', faults: 'Ошибки в файле', none: 'Ошибок в файле нет.',
    kept: 'В файле есть ошибки. Показан тест из последнего исправного файла.', never: 'В файле есть ошибки.',
    ended: 'Просмотр завершён.',
  },
};

/** @typedef {{ change: number, slug: string | null, version: number, title: string, locales: string[], faults: string[] }} PreviewState */

const language = /^ru\b/i.test(navigator.language) ? 'ru' : 'en';
const texts = TEXTS[language];
/** @type {<T extends HTMLElement>(id: string) => T} */
const byId = (id) => /** @type {any} */ (document.getElementById(id));
const widget = /** @type {HTMLIFrameElement} */ (byId('widget'));
const report = /** @type {HTMLIFrameElement} */ (byId('report'));
const locales = /** @type {HTMLSelectElement} */ (byId('locale'));

/** @type {PreviewState | undefined} */
let shown;
/** The attempt that awaits its payment. */
let paused = '';
/** The address of the widget that is to be shown once the one before it has gone. */
let next = '';

/** Shows the widget from its beginning. */
function begin() {
  report.hidden = true;
  widget.hidden = false;
  byId('pay').hidden = true;
  if (!shown?.slug) return;
  const query = new URLSearchParams({ locale: locales.value, version: String(shown.version) });
  next = `/widget/preview/${shown.slug}?${query}`;
  widget.src = 'about:blank';
}

/** @param {Record<string, string>} query */
function showReport(query) {
  report.src = `/preview/report?${new URLSearchParams({ locale: locales.value, ...query })}`;
  report.hidden = false;
  widget.hidden = true;
}

/** @param {PreviewState} state */
function show(state) {
  const isNew = state.slug !== null && (state.slug !== shown?.slug || state.version !== shown?.version);
  shown = state;
  byId('name').textContent = state.title;
  byId('status').textContent = state.faults.length ? (state.slug ? texts.kept : texts.never) : texts.none;
  byId('list').replaceChildren(...state.faults.map((fault) => {
    const item = document.createElement('li');
    item.textContent = fault;
    return item;
  }));
  if (!isNew) return;
  const chosen = locales.value;
  locales.replaceChildren(...state.locales.map((tag) => new Option(tag, tag, false, tag === chosen)));
  begin();
}

async function poll() {
  try {
    const answer = await fetch('/preview/state');
    const state = /** @type {PreviewState} */ (await answer.json());
    if (state.change !== shown?.change) show(state);
  } catch {
    byId('status').textContent = texts.ended;
  }
  setTimeout(poll, POLL_MS);
}

widget.addEventListener('load', () => {
  if (next) {
    // The widget would go on with the attempt that it remembers, which is that of an older version.
    sessionStorage.clear();
    widget.src = next;
    next = '';
    return;
  }
  const inside = widget.contentWindow;
  inside?.addEventListener('test-widget:finish', (event) => {
    showReport({ key: /** @type {CustomEvent} */ (event).detail.resultKey });
  });
  inside?.addEventListener('test-widget:pause', (event) => {
    paused = /** @type {CustomEvent} */ (event).detail.session;
    byId('pay').hidden = false;
  });
});
locales.addEventListener('change', begin);
byId('again').addEventListener('click', begin);
byId('random').addEventListener('click', () => showReport({ seed: String(Math.floor(Math.random() * 1e9)) }));
byId('phone').addEventListener('change', ({ target }) => {
  byId('test').classList.toggle('phone', /** @type {HTMLInputElement} */ (target).checked);
});
byId('pay').addEventListener('click', async () => {
  const answer = await fetch(`/preview/pay/${paused}`, { method: 'POST' });
  byId('pay').hidden = answer.ok;
});

document.documentElement.lang = language;
for (const element of document.querySelectorAll('[data-text]')) {
  element.textContent = texts[/** @type {keyof typeof texts} */ (/** @type {HTMLElement} */ (element).dataset.text)];
}
poll();

export {};
