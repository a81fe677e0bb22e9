/** The form of a question: asks a new one, or changes one without overwriting unseen what others wrote meanwhile. */
import { ApiError } from '../api.js';
import { fromServer, h } from '../dom.js';
import { ask, change, preview, version, versions } from './calls.js';
import { actionButton, deskAddress, deskView, inside, nameOf, questionAddress, tell } from './frame.js';
import { KeywordsField } from './keywords.js';
import { t } from './texts.js';
import { changedFields, differences } from './versions.js';

/** @typedef {import('./frame.js').Context} Context */
/** @typedef {{ title: string, keywords: string[], raw: string }} Fields */
/** @typedef {Fields & { version: number }} Base the version that a form was made from; 0 for a new question */

/** Milliseconds without typing after which the preview is made anew. */
const PAUSE_MS = 300;
/** Most characters, as the API allows. */
const MAX_TITLE = 300;
const MAX_RAW = 50_000;

/** @type {Base} */
const NOTHING = { title: '', keywords: [], raw: '', version: 0 };

/** Shows Markdown as the server renders it. */
class Preview {
  #place = h('div', { class: 'preview-text' });
  #call = new AbortController();
  #timer = 0;
  element = h('section', { class: 'preview', 'aria-label': t.preview }, h('h2', {}, t.preview), this.#place);

  /** @param {string} raw @param {number} [pause] */
  show(raw, pause = PAUSE_MS) {
    clearTimeout(this.#timer);
    this.#call.abort();
    const call = this.#call = new AbortController();
    this.#timer = setTimeout(async () => {
      let shown = h('p', { class: 'muted' }, t.previewEmpty);
      try {
        if (raw.trim()) shown = /** @type {any} */ (fromServer((await preview(raw, call.signal)).html));
      } catch {
        shown.textContent = t.previewFailed;
      }
      if (!call.signal.aborted) this.#place.replaceChildren(shown);
    }, pause);
  }
}

/** @param {Context} context @returns {HTMLElement} which asks a question; the parameter `title` fills its title */
export function askView(context) {
  const title = (context.parameters.get('title') ?? '').slice(0, MAX_TITLE);
  return deskView(t.ask, context, async () => form(context, (await context.who()).id, NOTHING, { ...NOTHING, title }, null));
}

/** @param {Context} context @returns {HTMLElement} which changes a question; the parameter `from` begins with a former version */
export function editView(context) {
  const id = Number(context.parameters.get('question'));
  const from = Number(context.parameters.get('from'));
  return deskView(t.edit, context, async () => {
    const [me, [latest]] = await Promise.all([context.who(), versions(id)]);
    const base = await version(id, latest.version);
    const { title, keywords, raw } = from ? await version(id, from) : base;
    return form(context, me.id, base, { title, keywords, raw }, id);
  });
}

/**
 * @param {Context} context
 * @param {number} me
 * @param {Base} made the version that the fields are compared with
 * @param {Fields} fields
 * @param {number | null} id the question; null for a new one
 * @returns {Node[]}
 */
function form(context, me, made, fields, id) {
  const key = `${me} ${context.parameters}`;
  /** @type {{ base: Base, fields: Fields } | undefined} */
  const draft = context.drafts.get(key);
  let base = draft?.base ?? made;
  const title = h('input', { name: 'title', maxlength: MAX_TITLE, required: true, autocomplete: 'off' });
  const raw = h('textarea', { name: 'raw', maxlength: MAX_RAW, rows: 14, 'aria-describedby': 'raw-hint' });
  const shown = new Preview();
  const keep = () => context.drafts.set(key, { base, fields: filled() });
  const keywords = new KeywordsField(keep);
  const fault = h('p', { class: 'fault', role: 'alert' });
  const conflict = h('section', { class: 'conflict', tabindex: -1, 'aria-label': t.conflict, hidden: true });

  const filled = () => ({ title: title.value.trim(), keywords: keywords.words, raw: raw.value });
  /** @param {Fields} values */
  const fill = (values) => {
    title.value = values.title;
    keywords.words = values.keywords;
    raw.value = values.raw;
    shown.show(values.raw, 0);
  };
  fill(draft?.fields ?? fields);
  title.addEventListener('input', keep);
  raw.addEventListener('input', () => {
    keep();
    shown.show(raw.value);
  });

  /** Takes over what only the others changed, and shows all that they changed. @param {number} question */
  const meet = async (question) => {
    const [latest] = await versions(question);
    const theirs = await version(question, latest.version);
    const mine = filled();
    const ours = changedFields(base, mine);
    fill({
      title: 'title' in ours ? mine.title : theirs.title,
      keywords: 'keywords' in ours ? mine.keywords : theirs.keywords,
      raw: 'raw' in ours ? mine.raw : theirs.raw,
    });
    conflict.replaceChildren(
      h('h2', {}, t.conflict),
      h('p', {}, t.conflictHint(nameOf(theirs.by), new Date(theirs.at))),
      ...differences(base, theirs, 'h3'),
    );
    conflict.hidden = false;
    base = theirs;
    keep();
    conflict.focus();
  };

  const save = async () => {
    fault.textContent = '';
    const ours = changedFields(base, filled());
    const changes = {
      ...('title' in ours && { title: ours.title }),
      ...('keywords' in ours && { keywords: ours.keywords }),
      ...('raw' in ours && { answer: { raw: ours.raw ?? '' } }),
    };
    try {
      const saved = id === null ? await ask(changes) : await change(id, { ...changes, version: base.version });
      context.drafts.delete(key);
      if (!context.signal.aborted) context.go(questionAddress(saved.id));
    } catch (error) {
      try {
        if (id !== null && error instanceof ApiError && error.status === 409) await meet(id);
        else if (error instanceof ApiError && error.status === 404) fault.textContent = t.goneMeanwhile;
        else tell(error, fault, context);
      } catch (again) {
        tell(again, fault, context);
      }
    }
  };
  const button = h('button', { class: 'primary' }, t.save);
  const element = h(
    'form', { class: 'desk-form' },
    h('label', {}, t.title, title),
    keywords.element,
    h(
      'div', { class: 'two' },
      h('div', { class: 'writing' }, h('label', {}, t.answer, raw), h('p', { class: 'muted hint', id: 'raw-hint' }, t.markdownHint)),
      shown.element,
    ),
    conflict,
    fault,
    h(
      'p', { class: 'actions' },
      button,
      actionButton(t.cancel, async () => {
        context.drafts.delete(key);
        context.go(id === null ? '/qua/' : questionAddress(id));
      }),
      id !== null && inside(deskAddress('versions', { question: id }), t.versions),
    ),
  );
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.getAttribute('aria-disabled') === 'true') return;
    if (!title.value.trim()) {
      fault.textContent = t.titleMissing;
      title.focus();
      return;
    }
    button.setAttribute('aria-disabled', 'true');
    await save();
    button.removeAttribute('aria-disabled');
  });
  return draft ? [h('p', { class: 'muted', role: 'status' }, t.draftKept), element] : [element];
}
