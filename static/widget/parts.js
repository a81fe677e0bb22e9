/**
 * The modules that are needed later, for builds that have them all: the file whose hash pages name (standalone.js), and the
 * npm package, where the page's own bundler splits them off. Other pages load them by their addresses (load.js).
 */

/** @type {Record<string, () => Promise<any>>} by the paths that `load` is asked for */
export const PARTS = {
  'closing-screens.js': () => import('./closing-screens.js'),
  'question-media.js': () => import('./question-media.js'),
  'clock.js': () => import('./clock.js'),
  'templates.js': () => import('./templates.js'),
  'report.js': () => import('./report.js'),
  'http-line.js': () => import('./http-line.js'),
  'types/checkbox.js': () => import('./types/checkbox.js'),
  'types/drag.js': () => import('./types/drag.js'),
  'types/gradient.js': () => import('./types/gradient.js'),
  'types/rating.js': () => import('./types/rating.js'),
  'types/text.js': () => import('./types/text.js'),
  'texts/ru.js': () => import('./texts/ru.js'),
  'texts/ru-later.js': () => import('./texts/ru-later.js'),
  'texts/en.js': () => import('./texts/en.js'),
  'texts/en-later.js': () => import('./texts/en-later.js'),
  'texts/hy.js': () => import('./texts/hy.js'),
  'texts/hy-later.js': () => import('./texts/hy-later.js'),
  'texts/az.js': () => import('./texts/az.js'),
  'texts/az-later.js': () => import('./texts/az-later.js'),
  'texts/kk.js': () => import('./texts/kk.js'),
  'texts/kk-later.js': () => import('./texts/kk-later.js'),
  'texts/mn.js': () => import('./texts/mn.js'),
  'texts/mn-later.js': () => import('./texts/mn-later.js'),
  'texts/fr.js': () => import('./texts/fr.js'),
  'texts/fr-later.js': () => import('./texts/fr-later.js'),
};
