/** One constructed sheet for all widgets of a document: it needs no style-src. */

const LIGHT = `
  color-scheme: light;
  --_tw-accent: var(--test-widget-accent, #0b6b5d);
  --_tw-on-accent: var(--test-widget-on-accent, #fff);
  --_tw-background: var(--test-widget-background, #fff);
  --_tw-surface: var(--test-widget-surface, #f6f8f7);
  --_tw-text: var(--test-widget-text, #17211f);
  --_tw-muted: var(--test-widget-muted, #56635f);
  --_tw-border: var(--test-widget-border, #d9e0dd);
  --_tw-error: var(--test-widget-error, #b0261c);
  --_tw-focus: var(--test-widget-focus, #1c5fd6);
  --_tw-outline: #84908c;
  --_tw-shadow: 0 1px 2px rgb(16 32 28 / .05), 0 12px 32px -12px rgb(16 32 28 / .16);
`;
const DARK = `
  color-scheme: dark;
  --_tw-accent: var(--test-widget-accent, #66d1b8);
  --_tw-on-accent: var(--test-widget-on-accent, #05231d);
  --_tw-background: var(--test-widget-background, #151b1a);
  --_tw-surface: var(--test-widget-surface, #1e2624);
  --_tw-text: var(--test-widget-text, #e9efed);
  --_tw-muted: var(--test-widget-muted, #a3b1ac);
  --_tw-border: var(--test-widget-border, #34403d);
  --_tw-error: var(--test-widget-error, #ffb3a8);
  --_tw-focus: var(--test-widget-focus, #9cc2ff);
  --_tw-outline: #7d8b86;
  --_tw-shadow: 0 12px 32px -12px rgb(0 0 0 / .6);
`;

let css = `
:host { display: block; inline-size: 100%; container-type: inline-size; ${LIGHT} }
@media (prefers-color-scheme: dark) { :host { ${DARK} } }
:host([theme="light"]) { ${LIGHT} }
:host([theme="dark"]) { ${DARK} }
:host([hidden]), [hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }

.card {
  all: initial;
  box-sizing: border-box;
  color-scheme: inherit;
  --_tw-radius: var(--test-widget-radius, 1.25em);
  --_tw-gap: var(--test-widget-gap, 1em);
  display: flex;
  flex-direction: column;
  max-inline-size: var(--test-widget-max-width, 42em);
  margin-inline: auto;
  padding: clamp(1.25em, 6cqi, 2.5em);
  border: 1px solid var(--_tw-border);
  border-radius: var(--_tw-radius);
  background: var(--_tw-background);
  color: var(--_tw-text);
  box-shadow: var(--_tw-shadow);
  font: var(--test-widget-font-size, max(1rem, 16px))/1.55 var(--test-widget-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
  text-align: start;
  overflow-wrap: break-word;
  -webkit-text-size-adjust: 100%;
}

.sandbox { align-self: start; margin-block-end: 1em; padding: .125em .75em; border: 1px dashed var(--_tw-outline); border-radius: 2em; color: var(--_tw-muted); font-size: .875em; }
.status { display: flex; justify-content: space-between; gap: var(--_tw-gap); block-size: 1.55em; white-space: nowrap; color: var(--_tw-muted); font-size: .875em; font-variant-numeric: tabular-nums; }
.status.bare { block-size: 0; }
.status .save { min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; }
/* The line is as high as ever; what it says offline needs its whole width. */
@container (max-width: 480px) { .status:has(.offline) > :first-child { display: none; } }
.status .save::before { content: ""; display: inline-block; inline-size: .5em; block-size: .5em; margin-inline-end: .5em; border-radius: 50%; background: currentColor; vertical-align: .08em; }
.status .save:empty::before { content: none; }
.status .save.saved::before { background: var(--_tw-accent); }
.status .save.offline { color: var(--_tw-error); }
.status.bare > :not(.note), .hidden, .note { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
progress { appearance: none; inline-size: 100%; block-size: .375em; margin-block: .75em clamp(1.25em, 5cqi, 2em); border: 0; border-radius: 1em; background: var(--_tw-border); overflow: hidden; }
progress::-webkit-progress-bar { background: transparent; }
progress::-webkit-progress-value { border-radius: 1em; background: var(--_tw-accent); transition: inline-size .3s ease; }
progress::-moz-progress-bar { border-radius: 1em; background: var(--_tw-accent); }

.screen { display: flex; flex-direction: column; gap: var(--_tw-gap); animation: come .24s ease-out; }
@keyframes come { from { opacity: 0; transform: translateY(.375em); } }
p { margin: 0; }
.heading { margin: 0; font-size: clamp(1.25em, 1.05em + 1.2cqi, 1.625em); font-weight: 650; line-height: 1.3; letter-spacing: -.012em; text-wrap: pretty; }
.lead { color: var(--_tw-muted); font-size: 1.0625em; white-space: pre-line; text-wrap: pretty; }
.small { color: var(--_tw-muted); font-size: .875em; }
.facts { display: flex; flex-wrap: wrap; gap: .5em; margin: 0; padding: 0; list-style: none; }
.facts li { padding: .25em .8125em; border: 1px solid var(--_tw-border); border-radius: 2em; background: var(--_tw-surface); color: var(--_tw-muted); font-size: .875em; }
.patience { display: flex; align-items: center; gap: var(--_tw-gap); animation: wait .3s .25s backwards; }
@keyframes wait { from { opacity: 0; } }
.spinner { flex: none; inline-size: 1.5em; block-size: 1.5em; border: .1875em solid var(--_tw-border); border-block-start-color: var(--_tw-accent); border-radius: 50%; animation: spin 1s linear infinite; }
@keyframes spin { to { transform: rotate(1turn); } }

form, fieldset { margin: 0; padding: 0; border: 0; min-inline-size: 0; }
legend { inline-size: 100%; margin-block-end: clamp(1em, 4cqi, 1.5em); padding: 0; }
.options { display: grid; gap: .625em; }
.option { display: flex; align-items: center; gap: .875em; min-block-size: max(44px, 3.375em); padding: .75em 1.125em; border: 1px solid var(--_tw-border); border-radius: calc(var(--_tw-radius) * .7); background: var(--_tw-surface); cursor: pointer; transition: border-color .15s, background-color .15s; }
.option-body { min-inline-size: 0; }
.option:has(:checked) { border-color: var(--_tw-accent); background: color-mix(in srgb, var(--_tw-accent) 9%, var(--_tw-background)); box-shadow: inset 0 0 0 1px var(--_tw-accent); }
input { flex: none; accent-color: var(--_tw-accent); }
input[type="radio"] { appearance: none; display: grid; place-content: center; inline-size: 1.375em; block-size: 1.375em; margin: 0; border: .125em solid var(--_tw-outline); border-radius: 50%; background: var(--_tw-background); font: inherit; cursor: inherit; transition: border-color .15s; }
input[type="radio"]::before { content: ""; inline-size: .625em; block-size: .625em; border-radius: 50%; background: var(--_tw-accent); transform: scale(0); transition: transform .15s ease-out; }
input[type="radio"]:checked { border-color: var(--_tw-accent); }
input[type="radio"]:checked::before { transform: scale(1); }

.notice { color: var(--_tw-error); }
.notice:not(:empty) { margin-block-start: var(--_tw-gap); }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: .75em; margin-block-start: .5em; }
form .actions { justify-content: space-between; margin-block-start: clamp(1.25em, 4cqi, 1.75em); }
form .primary { margin-inline-start: auto; }
.idle { visibility: hidden; }
@container (max-width: 480px) {
  .idle { display: none; }
  .actions { flex-direction: column; align-items: stretch; }
  .actions .primary { order: -1; margin: 0; text-align: center; }
}
button, a.primary { min-block-size: max(44px, 3em); padding: .625em 1.5em; border: 1px solid transparent; border-radius: calc(var(--_tw-radius) * .7); font: inherit; font-weight: 600; line-height: 1.3; cursor: pointer; transition: background-color .15s, border-color .15s; }
a.primary { display: inline-grid; align-content: center; text-decoration: none; }
.primary { background: var(--_tw-accent); color: var(--_tw-on-accent); }
.quiet { border-color: var(--_tw-border); background: transparent; color: var(--_tw-text); }
.switch { margin-block-start: clamp(1em, 4cqi, 1.5em); padding-block-start: .5em; border-block-start: 1px solid var(--_tw-border); color: var(--_tw-muted); font-size: .875em; }
.switch label { display: inline-flex; align-items: center; gap: .75em; min-block-size: 44px; cursor: pointer; }
[role="switch"] { appearance: none; position: relative; inline-size: 2.5em; block-size: 1.5em; margin: 0; border-radius: 1em; background: var(--_tw-outline); font: inherit; cursor: inherit; transition: background-color .15s; }
[role="switch"]::before { content: ""; position: absolute; inset: .1875em auto auto .1875em; inline-size: 1.125em; block-size: 1.125em; border-radius: 50%; background: var(--_tw-background); transition: inset-inline-start .15s; }
[role="switch"]:checked { background: var(--_tw-accent); }
[role="switch"]:checked::before { inset-inline-start: 1.1875em; }

@media (hover: hover) {
  .option:hover, .quiet:hover { border-color: var(--_tw-outline); }
  .option:has(:checked):hover { border-color: var(--_tw-accent); }
  .primary:hover { background: color-mix(in srgb, var(--_tw-accent) 88%, var(--_tw-text)); }
}
:focus-visible, .option:has(:focus-visible) { outline: 3px solid var(--_tw-focus); outline-offset: 3px; }
.heading:focus-visible { outline-offset: 6px; border-radius: .25em; }
.option :focus-visible { outline: 0; }
@supports not selector(:has(*)) { input:focus-visible { outline: 3px solid var(--_tw-focus); } }

@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after, ::-webkit-progress-value { animation-duration: 1ms !important; animation-iteration-count: 1 !important; transition: none !important; }
}
@media (forced-colors: active) {
  input[type="radio"], [role="switch"] { appearance: auto; }
  progress { border: 1px solid; }
  ::-webkit-progress-value { background: Highlight; forced-color-adjust: none; }
  input::before { content: none !important; }
  .option:has(:checked) { outline: 2px solid Highlight; }
  .option:has(:focus-visible) { outline-width: 4px; }
}
`;

/** A sheet belongs to the document that it was made in. @type {Map<Document, CSSStyleSheet>} */
const sheets = new Map();

/** Styles the root, also anew after its element has come into another document. @param {ShadowRoot} root */
export function adoptStyles(root) {
  const { ownerDocument } = root;
  // A document without a window, such as a template's, draws nothing.
  const view = /** @type {typeof globalThis | null} */ (ownerDocument.defaultView);
  root.adoptedStyleSheets = view ? [sheets.get(ownerDocument) ?? makeSheet(ownerDocument, view)] : [];
}

/** @param {Document} document @param {typeof globalThis} view */
function makeSheet(document, view) {
  // Documents of closed windows and removed frames lose their window.
  for (const known of sheets.keys()) if (!known.defaultView) sheets.delete(known);
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(css);
  sheets.set(document, sheet);
  return sheet;
}

/** @param {string} more of a module that has just loaded */
export function addStyles(more) {
  css += more;
  for (const sheet of sheets.values()) sheet.replaceSync(css);
}
