/** The page at any other address. */

import { begin } from './site.js';

await begin('notFoundTitle', () => {}, { forEverybody: true });
