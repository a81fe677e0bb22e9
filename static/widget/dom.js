/** Building nodes without markup: hosts may forbid inline styles and demand Trusted Types. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes] false, null and undefined are left out
 * @param {(Node | string | null | false | undefined)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/**
 * Texts of a test come with blank lines between paragraphs.
 *
 * @param {string | null | undefined} text
 * @param {string} [className]
 * @returns {HTMLElement[]}
 */
export function paragraphs(text, className) {
  const parts = (text ?? '').split(/\n\s*\n/).filter((part) => part.trim());
  return parts.map((part) => h('p', { class: className }, part.trim()));
}

/**
 * A picture of the test; where it can't be loaded its description stands instead.
 *
 * @param {string} address
 * @param {string} alt
 */
export function picture(address, alt) {
  return h('img', { src: address, alt, class: 'picture', decoding: 'async' });
}

/** @type {{createHTML(html: string): string} | null | undefined} */
let policy;

/** @returns {{createHTML(html: string): string} | null} null where the host's CSP refuses the policy */
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
 * Inserts a question's HTML, which the gateway has sanitised: the only place where markup is parsed. The
 * browser's own sanitiser is used where there is one (it needs no policy); where neither it nor a Trusted
 * Types policy may be had, the visitor reads the text without its formatting.
 *
 * @param {HTMLElement} target
 * @param {string} html
 */
export function insertSanitisedHtml(target, html) {
  if ('setHTML' in target) {
    /** @type {any} */ (target).setHTML(html);
    return;
  }
  const trusted = htmlPolicy();
  if (trusted) target.innerHTML = trusted.createHTML(html);
  else target.textContent = html.replace(/<[^>]*>/g, ' ').replace(/&nbsp;/g, ' ');
}
