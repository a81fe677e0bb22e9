/** Formatted text and pictures, which only some questions have. It is loaded with the first test that needs it. */
import { h } from './screens.js';
import { addStyles } from './styles.js';

addStyles(`
.rich { margin-block-end: var(--_tw-gap); color: var(--_tw-muted); }
.rich > :first-child { margin-block-start: 0; }
legend .rich { margin: 0; color: inherit; }
legend .rich > :last-child { margin-block-end: 0; }
.rich a { color: var(--_tw-accent); }
.picture { --width: 30em; --ratio: 1.5; position: relative; display: block; inline-size: 100%; max-inline-size: min(100%, var(--width), 28em * var(--ratio)); aspect-ratio: var(--ratio); margin-block-end: var(--_tw-gap); border-radius: calc(var(--_tw-radius) * .6); overflow: hidden; }
.picture img { display: block; inline-size: 100%; block-size: 100%; object-fit: contain; }
.unsized, .broken { background: var(--_tw-surface); }
.broken { outline: 1px dashed var(--_tw-outline); outline-offset: -1px; }
.broken img { opacity: 0; }
.instead { position: absolute; inset: 0; display: grid; place-content: center; padding: .75em; color: var(--_tw-muted); line-height: 1.3; text-align: center; text-wrap: balance; }
.pictured { grid-template-columns: repeat(auto-fit, minmax(min(100%, 8.75em), 1fr)); }
.pictured .option { display: grid; align-content: start; gap: .5em; padding: .625em; hyphens: auto; text-align: center; }
.options.pictured .option input { z-index: 1; grid-area: 1 / 1; align-self: start; margin: .5em; }
.pictured .picture { grid-area: 1 / 1; justify-self: center; margin: 0; }
.pictured .instead { padding-inline: 2.25em; }
`);

/** @type {{createHTML(html: string): string} | null | undefined} */
let policy;

/** @returns {{createHTML(html: string): string} | null} null if the host's CSP refuses the policy */
function htmlPolicy() {
  /** @type {any} */
  const { trustedTypes } = globalThis;
  const rules = { createHTML: (/** @type {string} */ html) => html };
  try {
    policy ??= trustedTypes ? trustedTypes.createPolicy('test-widget', rules) : rules;
  } catch {
    policy = null;
  }
  return policy ?? null;
}

/**
 * The question's heading, and the formatted text below it. If both have the same words, the formatted one becomes the
 * heading.
 *
 * @param {Question} question @returns {[string | Node | null | undefined, Node?]}
 */
export function wording({ text, html }) {
  if (!html) return [text];
  const rich = h('div', { class: 'rich' });
  insertSanitisedHtml(rich, html);
  return words(rich.textContent) === words(text) ? [rich] : [text, rich];
}

/** @param {string | null | undefined} text */
function words(text) {
  return text?.trim().replace(/\s+/g, ' ');
}

/**
 * Inserts a question's HTML, which the gateway has sanitised. Nothing else parses markup. The browser's own sanitiser, which
 * needs no policy, is used if there is one. Without it and without a Trusted Types policy, the visitor reads the text
 * without its formatting.
 *
 * @param {HTMLElement} target
 * @param {string} html
 */
function insertSanitisedHtml(target, html) {
  if ('setHTML' in target) {
    /** @type {any} */ (target).setHTML(html);
    return;
  }
  const trusted = htmlPolicy();
  if (trusted) target.innerHTML = trusted.createHTML(html);
  else target.textContent = html.replace(/<[^>]*>/g, ' ').replace(/&nbsp;/g, ' ');
}

/**
 * A picture in a box that has its size before it loads, and shows the alternative text if it can't load.
 *
 * @param {Pictured} owner @param {string} src @param {string} alt
 */
export function picture({ image_size: size }, src, alt) {
  const [width, height] = size ?? [];
  const image = h('img', { src, alt, width, height, decoding: 'async' });
  const box = h('span', { class: size ? 'picture' : 'picture unsized' }, image);
  if (width && height) {
    box.style.setProperty('--width', `${width}px`);
    box.style.setProperty('--ratio', String(width / height));
  }
  image.addEventListener('error', () => {
    box.classList.add('broken');
    // Screen readers read the alternative text of the picture.
    box.append(h('span', { class: 'instead', 'aria-hidden': 'true' }, alt));
  });
  return box;
}
