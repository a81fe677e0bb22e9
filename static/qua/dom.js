/** Makes nodes without parsing markup; only `fromServer` parses HTML, which the server has sanitised. */

/** @typedef {import('./api.js').Span} Span */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/**
 * Makes an element. Attributes and children that are false, null or undefined are left out.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {(Node | string | false | null | undefined)[]} children
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
 * The text with some parts of it in `<mark>`.
 *
 * @param {string} text
 * @param {Span[]} spans in order, not overlapping
 */
export function marked(text, spans) {
  const characters = [...text];
  const nodes = document.createDocumentFragment();
  let done = 0;
  for (const [start, end] of spans) {
    nodes.append(characters.slice(done, start).join(''), h('mark', {}, characters.slice(start, end).join('')));
    done = end;
  }
  nodes.append(characters.slice(done).join(''));
  return nodes;
}

/** The only Trusted Types policy that the page's CSP allows, so no other code can parse markup. @type {{ createHTML: Function } | null} */
let policy = null;

/** @param {string} html as the server has sanitised it */
export function fromServer(html) {
  const rules = { createHTML: (/** @type {string} */ text) => text };
  policy ??= /** @type {any} */ (globalThis).trustedTypes?.createPolicy('qua-answer', rules) ?? rules;
  const place = h('div', { class: 'answer' });
  place.innerHTML = policy?.createHTML(html);
  return place;
}
