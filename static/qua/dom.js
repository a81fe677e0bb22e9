/** Nodes without markup, and the one place where the server's own HTML becomes nodes. */

/** @typedef {import('./api.js').Span} Span */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Given */

/**
 * Attributes that are false, null or undefined are left out, and so are such children.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Given} [attributes]
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
 * The text with these parts of it in `<mark>`.
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

/** The page's policy names it: no other code can turn text into markup. @type {{ createHTML: Function } | null} */
let policy = null;

/** @param {string} html as the server has sanitised it */
export function fromServer(html) {
  const rules = { createHTML: (/** @type {string} */ text) => text };
  policy ??= /** @type {any} */ (globalThis).trustedTypes?.createPolicy('qua-answer', rules) ?? rules;
  const place = h('div', { class: 'answer' });
  place.innerHTML = policy?.createHTML(html);
  return place;
}
