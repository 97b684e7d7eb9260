// Builds the React peer twice from one source: `dist`, one file, and `dist-split`, with what the first paint does not
// need in files of its own. Each file gets its brotli beside it; each build a precache list of its own files.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { build } from 'esbuild';

const HERE = fileURLToPath(new URL('./', import.meta.url));
const SOURCE = `${HERE}src/`;
const PETREL = fileURLToPath(new URL('../../', import.meta.url));
const STYLES = ['app.css', 'controls.css', 'mailbox.css'];
const compress = promisify(brotliCompress);

const common = {
  bundle: true, minify: true, write: false, legalComments: 'none', target: 'chrome146', platform: 'browser', conditions: ['production'],
  mainFields: ['browser', 'module', 'main'], define: { 'process.env.NODE_ENV': '"production"' }, jsx: 'automatic', logLevel: 'warning',
};

const files = (result) => result.outputFiles.map(({ path, contents }) => ({ name: path.slice(path.lastIndexOf('/') + 1), contents: Buffer.from(contents) }));
const hash = (contents) => createHash('sha256').update(contents).digest('hex').slice(0, 16);

async function styles() {
  const parts = [...STYLES.map((name) => `${PETREL}src/ui/styles/${name}`), `${SOURCE}search.css`];
  const text = (await Promise.all(parts.map((path) => readFile(path, 'utf8')))).join('\n');
  return files(await build({ ...common, stdin: { contents: text, loader: 'css' }, outdir: HERE, entryNames: 'app-[hash]' }));
}

async function pack(folder, all) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all(all.map(async ({ name, contents }) => {
    await writeFile(folder + name, contents);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length };
    await writeFile(`${folder}${name}.br`, await compress(contents, { params }));
  }));
}

/** Modules of the entry that the later parts use; the same names as in `shared.js`. */
const SHARED = ['react', 'react/jsx-runtime', ...['acts.js', 'database.js', 'first-read.js', 'icons.jsx', 'marks.js', 'policies.js', 'search.js', 'state.js'].map((name) => `./${name}`)];
/** What is loaded after the first paint, or when it is first wanted. */
const LATER = ['online.js', 'frame.js', 'compose.jsx'];

const fromEntry = {
  name: 'from-entry',
  setup(bundler) {
    bundler.onResolve({ filter: /./ }, ({ path }) => (SHARED.includes(path) ? { path, namespace: 'shared' } : undefined));
    bundler.onLoad({ filter: /./, namespace: 'shared' }, ({ path }) => ({ contents: `module.exports = globalThis.peerModules[${JSON.stringify(path)}];` }));
  },
};

/** The later parts, and a plugin by which the entry names them. */
async function later() {
  const parts = new Map();
  for (const name of LATER) {
    const [file] = files(await build({ ...common, entryPoints: [SOURCE + name], outdir: HERE, format: 'esm', entryNames: 'part-[name]-[hash]', plugins: [fromEntry] }));
    parts.set(`./${name}`, file);
  }
  const byName = {
    name: 'later-parts',
    setup(bundler) {
      bundler.onResolve({ filter: /^\.\// }, ({ path, kind }) => (kind === 'dynamic-import' ? { path: `/${parts.get(path).name}`, external: true } : undefined));
    },
  };
  return { parts: [...parts.values()], byName };
}

async function one(folder, splitting) {
  const { parts, byName } = splitting ? await later() : { parts: [] };
  const app = await build({
    ...common, entryPoints: [`${SOURCE}main.jsx`], outdir: folder, format: 'iife', entryNames: '[name]-[hash]',
    ...(splitting && { plugins: [byName], inject: [`${SOURCE}shared.js`] }),
  });
  const search = await build({ ...common, entryPoints: [`${SOURCE}search-worker.js`], outdir: folder, format: 'iife' });
  const [sheet] = await styles();
  const [main] = files(app);
  const page = (await readFile(`${SOURCE}index.html`, 'utf8')).replace('%CSS%', `/${sheet.name}`).replace('%JS%', `/${main.name}`);
  const kept = [
    { name: 'index.html', contents: Buffer.from(page) },
    { name: 'mail-frame.html', contents: await readFile(`${PETREL}public/mail-frame.html`) },
    sheet, main, ...parts, ...files(search),
  ];
  const manifest = kept.map(({ name, contents }) => ({ url: `/${name}`, revision: /-[A-Z0-9]{8}\./.test(name) ? null : hash(contents) }));
  const worker = await build({
    ...common, entryPoints: [`${SOURCE}service-worker.js`], outdir: folder, format: 'iife', define: { ...common.define, 'self.__WB_MANIFEST': JSON.stringify(manifest) },
  });
  await pack(folder, [...kept, ...files(worker)]);
}

/** Builds both. */
export async function buildPeer() {
  await one(`${HERE}dist/`, false);
  await one(`${HERE}dist-split/`, true);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPeer();
  for (const name of ['dist', 'dist-split']) {
    for (const file of (await readdir(`${HERE}${name}`)).filter((path) => path.endsWith('.br')).sort()) {
      console.log(`${name}/${file} ${(await readFile(`${HERE}${name}/${file}`)).length}`);
    }
  }
}
