/**
 * Defines `<test-widget>` with all modules in one file, which `/static/widget/<version>/widget.js` serves. The integrity that a
 * page names for it covers all code that will ever run: nothing is loaded later.
 */

import { TestWidget } from './element.js';
import { loadFrom } from './load.js';
import { PARTS } from './parts.js';

loadFrom(PARTS);
TestWidget.home = import.meta.url.replace(/static\/widget\/.*/s, '');
if (!customElements.get('test-widget')) customElements.define('test-widget', TestWidget);
