// Builds the floor pages into `dist`: parts put into pages, the modules of a page made one script, Petrel's own style
// sheets, each file with its brotli beside it. One script a page, because a limit must not wait for a chain of imports.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { brotliCompressSync, constants } from 'node:zlib';
import { staticCss, staticParts } from './static.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = resolve(HERE, '../..');
export const DIST = join(HERE, 'dist');
const SCRIPTS = ['blank', 'static', 'vanilla', 'drain', 'body', 'first-sync', 'sync-worker'];
const BODY_CSS = 'iframe { position: fixed; inset: 0; inline-size: 100%; block-size: 100%; }\n';

const IMPORT = /^import \{[^}]*\} from '(\.[^']+)';\n/gm;

/** The modules an entry needs, each once and after those it imports. */
async function modules(path, seen = new Map()) {
  if (seen.has(path)) return seen;
  const source = await readFile(path, 'utf8');
  for (const [, name] of source.matchAll(IMPORT)) await modules(resolve(dirname(path), name), seen);
  seen.set(path, source.replace(IMPORT, '').replace(/^export /gm, ''));
  return seen;
}

/** One script of an entry and all it imports. Names are the same everywhere, so two modules must not share one. */
async function bundle(name) {
  const text = [...(await modules(join(HERE, 'scripts', `${name}.mjs`))).values()].map((source) => source.trim()).join('\n');
  const left = /^(import|export)\b.*$/m.exec(text);
  if (left) throw new Error(`${name}: a line the build cannot join: ${left[0]}`);
  // Refuses what does not parse, two modules' equal names among it.
  new Script(text, { filename: `${name}.js` });
  return `${text}\n`;
}

async function partsOf(name) {
  const parts = {};
  for (const file of await readdir(join(HERE, 'parts'))) parts[file.replace('.html', '')] = (await readFile(join(HERE, 'parts', file), 'utf8')).trimEnd();
  const filled = name === 'static' ? staticParts(parts) : { rows: '', folders: '', account: '', summary: '', count: '0' };
  return { parts, filled };
}

async function pageOf(name) {
  const { parts, filled } = await partsOf(name);
  const known = (from, word) => from[word] ?? (() => { throw new Error(`${name}.html: nothing is called ${word}`); })();
  return (await readFile(join(HERE, 'pages', `${name}.html`), 'utf8'))
    .replace(/\{\{part (\S+)\}\}/g, (_, part) => known(parts, part))
    .replace(/\{\{(\w+)\}\}/g, (_, word) => known(filled, word));
}

/** Builds everything; resolves to the folder. */
export async function build() {
  const files = new Map();
  for (const file of await readdir(join(HERE, 'pages'))) files.set(file, await pageOf(file.replace('.html', '')));
  files.set('index.html', files.get('vanilla.html'));
  for (const name of SCRIPTS) files.set(`${name}.js`, await bundle(name));
  for (const sheet of ['app', 'controls', 'mailbox']) files.set(`${sheet}.css`, await readFile(join(ROOT, `src/ui/styles/${sheet}.css`), 'utf8'));
  files.set('static.css', staticCss());
  files.set('body.css', BODY_CSS);
  // The server gives this name the policy of Petrel's own frame.
  files.set('mail-frame.html', await readFile(join(ROOT, 'public/mail-frame.html'), 'utf8'));
  const kept = [...files.keys()].sort();
  const digest = createHash('sha256').update(kept.map((name) => `${name}\n${files.get(name)}`).join('\n')).digest('hex').slice(0, 16);
  const worker = (await readFile(join(HERE, 'sw.js'), 'utf8'))
    .replace("const BUILD = 'development';", `const BUILD = '${digest}';`)
    .replace('const FILES = [];', `const FILES = ${JSON.stringify(['/', ...kept.map((name) => `/${name}`)])};`);
  files.set('sw.js', worker);
  await mkdir(DIST, { recursive: true });
  for (const [name, text] of files) await renew(name, text);
  for (const name of await readdir(DIST)) if (!files.has(name.replace(/\.br$/, ''))) await rm(join(DIST, name));
  return DIST;
}

/** Writes a file that changed: another sandbox may be serving the others just now. */
async function renew(name, text) {
  const path = join(DIST, name);
  if (await readFile(path, 'utf8').catch(() => undefined) === text) return;
  await writeFile(`${path}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  await writeFile(path, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await build());
