// Roundcube's scripts, styles, fonts and pictures, copied once per package version and compressed ahead of time.
// A well-run server does that too: nginx then answers with a ready file and spends no time on compression.
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { PROGRAM } from './config.mjs';

const PARTS = ['skins/elastic', 'program/js', 'program/resources', 'plugins/jqueryui'];
const TEXT = /\.(js|css|html|svg|json)$/;
/** The HTML editor is fetched by the compose window only, which nothing here opens; it is served as it is. */
const LEFT_ALONE = /\/tinymce\//;

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);

/** Makes the folder `www`, or keeps it when it was made from the same `version` of the package. */
export async function staticFiles(www, version) {
  const mark = `${www}.version`;
  if (await readFile(mark, 'utf8').catch(() => '') === version) return;
  await rm(www, { recursive: true, force: true });
  for (const part of PARTS) {
    await mkdir(dirname(join(www, part)), { recursive: true });
    await cp(join(PROGRAM, part), join(www, part), { recursive: true, dereference: true, preserveTimestamps: true, filter: served });
  }
  const files = await readdir(www, { recursive: true });
  await Promise.all(files.filter((name) => TEXT.test(name) && !LEFT_ALONE.test(name)).map((name) => compress(join(www, name))));
  await writeFile(mark, version);
}

/** No sources, maps or templates, which a browser never asks for; nor links to packages that are merely suggested. */
const served = (path) => existsSync(path) && !/\.(map|less|gz|php|md)$|\/templates$|composer\.json$/.test(path);

async function compress(path) {
  if (!(await stat(path)).isFile()) return;
  const bytes = await readFile(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(`${path}.br`, await brotli(bytes, { params }));
  await writeFile(`${path}.gz`, await deflate(bytes, { level: 9 }));
}
