/**
 * Makes the widget's bundle in static/widget/dist, which the gateway serves in place of the plain modules.
 *
 * `widget.js` has all modules that the first question needs, the core. Each other module is minified by itself. What it
 * imports of the core must be the very module that runs in `widget.js`, whose address is not known to it: the page may
 * have got `widget.js` with or without a version. So `widget.js` keeps its modules in a global property whose key no
 * other build has, and the others find them there.
 *
 * The scripts in `standalone/` are for pages that name a hash of them. Each is a single file with all modules.
 */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { basename, dirname, join, relative, sep } = require('node:path');
const { gzipSync } = require('node:zlib');
const esbuild = require('esbuild');

const WIDGET = join(__dirname, 'widget');
const DIST = join(WIDGET, 'dist');
const WRITTEN_AS = { format: 'esm', target: 'es2022', charset: 'utf8', legalComments: 'none', minify: true };
const BUILD = { ...WRITTEN_AS, bundle: true, write: false, metafile: true, absWorkingDir: WIDGET, logLevel: 'error' };

/** These are named by pages, and are no part of the core. */
const PAGE_SCRIPTS = ['page.js', 'frame.js'];

/** The scripts in `standalone/` by the modules that begin them: JOINED_FROM in widget_gateway/domain/widget_files.py. */
const STANDALONE = { 'standalone.js': 'standalone/widget.js', 'frame.js': 'standalone/frame.js' };

/** Modules of such scripts alone. */
const FOR_STANDALONE = ['standalone.js', 'parts.js'];

/** The core has the first texts in both languages, since a request for one costs more than the other one's bytes. */
const TEXTS = ['texts/ru.js', 'texts/en.js'];

/** Where `load` finds modules: beside `widget.js`, or below it if that was served without a version. */
const BASE = "new URL('__VERSION__'.startsWith('_') ? './' : 'v/__VERSION__/', import.meta.url).href";

/** All files of the widget but the bundle. @returns {Map<string, Buffer>} by their paths, sorted */
function readSources() {
  const files = readdirSync(WIDGET, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(WIDGET, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/'))
    .filter((path) => !path.startsWith('dist/'));
  return new Map(files.sort().map((path) => [path, readFileSync(join(WIDGET, path))]));
}

/** The rule of `version_of` in widget_gateway/domain/widget_files.py. @param {Map<string, Buffer>} files */
function versionOf(files) {
  const digest = createHash('sha256');
  for (const [path, content] of files) digest.update(`${path}\0${content.length}\0`).update(content);
  return digest.digest('hex').slice(0, 12);
}

/** @param {string} text @param {string | RegExp} found @param {string} replacement @param {string} path */
function replaceOnce(text, found, replacement, path) {
  const parts = text.split(found);
  if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} times ${found}; static/bundle.cjs expects it once`);
  return parts.join(replacement);
}

/** Plain modules are loaded one by one; the bundle has them. @type {Record<string, (text: string) => string>} */
const ADAPT = {
  'widget.js': (text) => {
    const unhurried = replaceOnce(text, /^for \(const name of \[\.\.\.MODULES.*$/m, '', 'widget.js');
    const bundled = replaceOnce(unhurried, 'await loadElement()', '{ TestWidget: Bundled }', 'widget.js');
    return `import { TestWidget as Bundled } from './element.js';\nimport 'shared:';\n${bundled}`;
  },
  'load.js': (text) => {
    const based = replaceOnce(text, 'import.meta.url', BASE, 'load.js');
    const loads = TEXTS.map((path, index) => `['${path}', Promise.resolve(t${index})]`);
    const filled = replaceOnce(based, 'const loads = new Map();', `const loads = new Map([${loads}]);`, 'load.js');
    return `${TEXTS.map((path, index) => `import * as t${index} from './${path}';`).join('\n')}\n${filled}`;
  },
};

/** @param {(path: string) => string} shared the source of `shared:` or of a module that is shared @param {Set<string>} core */
function sharing(shared, core = new Set()) {
  return {
    name: 'sharing',
    /** @param {import('esbuild').PluginBuild} build */
    setup(build) {
      build.onResolve({ filter: /^shared:/ }, ({ path }) => ({ path, namespace: 'shared' }));
      build.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const name = relative(WIDGET, join(resolveDir, path)).split(sep).join('/');
        return core.has(name) ? { path: name, namespace: 'shared' } : undefined;
      });
      build.onLoad({ filter: /.*/, namespace: 'shared' }, ({ path }) => ({ contents: shared(path), resolveDir: WIDGET }));
      build.onLoad({ filter: /\.js$/, namespace: 'file' }, ({ path }) => {
        const name = relative(WIDGET, path).split(sep).join('/');
        const text = readFileSync(path, 'utf8');
        const adapted = name in ADAPT ? ADAPT[name](text) : text;
        if (name !== 'widget.js' && adapted === text && text.includes('import.meta')) {
          throw new Error(`${name} uses import.meta, which means another address in the bundle`);
        }
        return { contents: adapted };
      });
    },
  };
}

/** @param {string} path @param {ReturnType<typeof sharing>} plugin */
async function bundle(path, plugin) {
  const { outputFiles, metafile } = await esbuild.build({ ...BUILD, entryPoints: [path], outfile: path, plugins: [plugin] });
  const inputs = Object.keys(metafile.inputs).filter((input) => !input.startsWith('shared:'));
  return { content: outputFiles[0].contents, inputs };
}

/** The names that a module exports. @param {string} path @returns {Promise<string[]>} */
async function exportsOf(path) {
  const { metafile } = await esbuild.build({ ...BUILD, bundle: false, entryPoints: [path], outfile: path });
  return Object.values(metafile.outputs)[0].exports;
}

async function main() {
  rmSync(DIST, { recursive: true, force: true });
  const sources = readSources();
  const builtFrom = versionOf(sources);
  const key = `globalThis[Symbol.for('test-widget ${builtFrom}')]`;
  /** @type {Map<string, Uint8Array | string>} */
  const made = new Map();

  const { inputs } = await bundle('widget.js', sharing(() => ''));
  const core = new Set(inputs.filter((path) => path !== 'widget.js'));
  /** @type {Map<string, string[]>} */
  const names = new Map();
  for (const path of core) names.set(path, await exportsOf(path));

  /** @type {Set<string>} */
  const used = new Set();
  const imported = (/** @type {string} */ path) => {
    used.add(path);
    return `export const { ${names.get(path)} } = ${key}['${path}'];`;
  };
  for (const path of sources.keys()) {
    if (!path.endsWith('.js') || core.has(path) || ['widget.js', ...PAGE_SCRIPTS, ...FOR_STANDALONE].includes(path)) continue;
    made.set(path, (await bundle(path, sharing(imported, core))).content);
  }
  const registry = () => {
    const modules = [...used].sort();
    const imports = modules.map((path, index) => `import * as m${index} from './${path}';`);
    // A page that has this build twice uses the element that it defined first.
    return `${imports.join('\n')}\n${key} ??= { ${modules.map((path, index) => `'${path}': m${index}`)} };`;
  };
  made.set('widget.js', (await bundle('widget.js', sharing(registry))).content);

  for (const [entry, path] of Object.entries(STANDALONE)) {
    const { outputFiles } = await esbuild.build({ ...BUILD, entryPoints: [entry], outfile: path });
    made.set(path, outputFiles[0].contents);
  }

  for (const [path, content] of sources) {
    const text = content.toString();
    if (PAGE_SCRIPTS.includes(path)) made.set(path, (await esbuild.transform(text, WRITTEN_AS)).code);
    else if (path.endsWith('.css')) made.set(path, (await esbuild.transform(text, { ...WRITTEN_AS, loader: 'css' })).code);
    else if (path.endsWith('.html')) made.set(path, withoutPreloads(text, core));
  }
  made.set('built-from', builtFrom);
  for (const [path, content] of made) {
    mkdirSync(dirname(join(DIST, path)), { recursive: true });
    writeFileSync(join(DIST, path), content);
  }
  for (const path of ['widget.js', 'frame.js', ...Object.values(STANDALONE)]) {
    console.log(`${gzipSync(made.get(path), { level: 9 }).length} bytes gzipped: ${path}`);
  }
}

/** The core need not be asked for, since `widget.js` has it. @param {string} page @param {Set<string>} core */
function withoutPreloads(page, core) {
  return page.replace(/^ *<link rel="modulepreload" href="[^"]*?\/static\/widget\/(?:v\/[^/"]*\/)?([^"]*)">\n/gm, (line, path) =>
    core.has(path) ? '' : line,
  );
}

main();
