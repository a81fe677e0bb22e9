/**
 * Makes the npm package: `node clients/widget/pack.cjs <folder>` puts its tarball into a folder, and prints its path.
 *
 * The widget's modules come from static/widget as they are, but for what only a browser that loads them from a gateway needs.
 */
const { execFileSync } = require('node:child_process');
const { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join, posix, resolve } = require('node:path');

const WIDGET = resolve(__dirname, '../../static/widget');
const ENTRIES = ['element.js', 'load.js', 'parts.js'];

/** @param {string} text @param {string} found @param {string} replacement @param {string} path */
function replaceOnce(text, found, replacement, path) {
  const parts = text.split(found);
  if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} times ${found}; pack.cjs expects it once`);
  return parts.join(replacement);
}

/** @type {Record<string, (text: string) => string>} */
const ADAPT = {
  // A server has no elements.
  'element.js': (text) =>
    replaceOnce(text, 'extends HTMLElement', 'extends (globalThis.HTMLElement ?? class {})', 'element.js'),
  // Bundlers can't follow an import whose address is computed. Modules come from parts.js only.
  'load.js': (text) =>
    replaceOnce(
      text,
      'import(new URL(path + query, import.meta.url).href)',
      'Promise.reject(new Error(path + query))',
      'load.js',
    ),
  // Bundlers that write for older browsers take no `await` outside of functions.
  'types/rating.js': (text) =>
    replaceOnce(
      replaceOnce(text, "const { makeDraggable } = await load('types/drag.js');\n", '', 'types/rating.js'),
      "import { load } from '../load.js';\n",
      "import { makeDraggable } from './drag.js';\n",
      'types/rating.js',
    ),
  'parts.js': (text) => replaceOnce(text, "  'types/drag.js': () => import('./types/drag.js'),\n", '', 'parts.js'),
};

/** The modules that the package needs, by their paths. @returns {Map<string, string>} */
function modules() {
  const found = new Map();
  const waiting = [...ENTRIES];
  for (let path = waiting.pop(); path; path = waiting.pop()) {
    if (found.has(path)) continue;
    const text = readFileSync(join(WIDGET, path), 'utf8');
    const adapted = ADAPT[path]?.(text) ?? text;
    found.set(path, adapted);
    for (const [, target] of adapted.matchAll(/(?:^import .*|=> import\()'(\.[^']+)'/gm)) {
      waiting.push(posix.normalize(posix.join(posix.dirname(path), target)));
    }
  }
  return found;
}

/** @param {string} destination */
function main(destination) {
  const staged = mkdtempSync(join(tmpdir(), 'widget-package-'));
  try {
    const { files } = JSON.parse(readFileSync(join(__dirname, 'package.json'), 'utf8'));
    const own = [...files, 'package.json', 'README.md', 'LICENSE'];
    for (const name of own) if (existsSync(join(__dirname, name))) cpSync(join(__dirname, name), join(staged, name), { recursive: true });
    for (const [path, text] of modules()) {
      const target = join(staged, 'modules', path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
    mkdirSync(destination, { recursive: true });
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', resolve(destination)], { cwd: staged });
    console.log(join(destination, JSON.parse(String(packed))[0].filename));
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

main(process.argv[2] ?? '.');
