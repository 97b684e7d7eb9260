// Compresses files with brotli 11, each argument pair is "from to". The library's own threads work in parallel.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const compress = promisify(brotliCompress);
const names = process.argv.slice(2);
const pairs = names.flatMap((from, at) => (at % 2 === 0 ? [[from, names[at + 1]]] : []));

await Promise.all(pairs.map(async ([from, to]) => {
  const bytes = await readFile(from);
  const packed = await compress(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  // Written aside first: a build that is interrupted must not leave half a file under a content's name.
  await writeFile(`${to}.part`, packed);
  await rename(`${to}.part`, to);
}));
