/**
 * Defines `<test-widget>` in browsers. On a server, where there are no elements, the import does nothing.
 *
 * The modules are the gateway's own (static/widget of its repository); pack.cjs puts them into the package.
 */

import { TestWidget } from '../modules/element.js';
import { loadFrom } from '../modules/load.js';
import { PARTS } from '../modules/parts.js';

export { EVENTS } from './events.js';
export { TestWidget };

loadFrom(PARTS);
if (typeof customElements !== 'undefined' && !customElements.get('test-widget')) customElements.define('test-widget', TestWidget);

/**
 * Sets the gateway of all widgets that do not name one by themselves.
 *
 * @param {string} address such as `https://gateway.example`
 */
export function setGateway(address) {
  TestWidget.home = new URL(address.replace(/\/*$/, '/'), typeof document === 'undefined' ? undefined : document.baseURI).href;
}
