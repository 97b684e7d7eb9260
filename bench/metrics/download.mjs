// 2: what a first visit downloads: the brotli-11 bytes of every file of the app that was asked for until the inbox could be used,
// and of all files after a mail was opened, answered and looked for. Taken from the server's own log, so that workers count too.
import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import assert from 'node:assert/strict';
import { ADA } from '../../tests/e2e/support/sandbox.mjs';
import { launch } from '../lib/browser.mjs';

export const metric = { number: 2, name: 'download', title: 'First visit download' };

export async function run(bench) {
  const stage = await bench.stage();
  const bytes = {};
  for (const name of ['petrel', 'react', 'react-split']) {
    bytes[name] = await visit(stage.contenders[name], stage.kinds[name]);
    bench.figure({ what: 'until the inbox is usable', unit: 'kB', throttle: 'none', contender: name, value: exactly(bytes[name].usable / 1_000) });
    bench.figure({ what: 'with everything used once', unit: 'kB', throttle: 'none', contender: name, value: exactly(bytes[name].all / 1_000) });
  }
  const { roundcube } = stage.contenders;
  if (roundcube) {
    const folder = await mkdtemp(join(tmpdir(), 'petrel-bench-'));
    const browser = await launch({ profile: folder });
    try {
      const page = await browser.newPage();
      const { brotli } = await roundcube.bytes(page);
      bench.figure({ what: 'until the inbox is usable', unit: 'kB', throttle: 'none', contender: 'roundcube', value: exactly(brotli / 1_000) });
      bench.ratio({ what: 'until the inbox is usable', throttle: 'none', against: 'roundcube', value: exactly(bytes.petrel.usable / brotli) });
    } finally {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
  for (const [what, key, target] of [['until the inbox is usable', 'usable', 0.6], ['with everything used once', 'all', undefined]]) {
    const peer = bytes.react[key] <= bytes['react-split'][key] ? 'react' : 'react-split';
    bench.ratio({ what, throttle: 'none', against: peer, target, value: exactly(bytes.petrel[key] / bytes[peer][key]) });
  }
}

/** A count of bytes is the same each time. */
const exactly = (value) => ({ middle: value, low: value, high: value });

async function visit(contender, kind) {
  const folder = await mkdtemp(join(tmpdir(), 'petrel-bench-'));
  const browser = await launch({ profile: folder });
  try {
    await contender.sandbox.clearLog();
    const page = await browser.newPage();
    await kind.signIn(page, contender, ADA);
    await page.evaluate((prefix) => window.bench.mark(`${prefix}first-list`), contender.prefix);
    const usable = await filesOf(contender);
    await page.locator('[data-message-id]').first().click();
    await page.locator('iframe[data-body-of]').first().waitFor();
    await page.getByRole('button', { name: 'New message', exact: true }).click();
    await page.locator('[contenteditable]').first().waitFor();
    await page.keyboard.press('Escape');
    const search = page.getByRole('searchbox');
    if (await search.count() > 0) await search.first().fill('harbour');
    // Whatever is fetched for later is fetched by now.
    await page.waitForTimeout(1_500);
    const all = await filesOf(contender);
    assert.ok(usable.size > 3 && all.size >= usable.size, `${contender.name} fetched ${usable.size} and ${all.size} files`);
    return { usable: await weigh(contender, usable), all: await weigh(contender, all) };
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The files of the app that the server gave away since its log was cleared. */
async function filesOf(contender) {
  const log = await contender.sandbox.log();
  return new Set(log.filter(({ host, method, status }) => host === 'app' && method === 'GET' && status === 200).map(({ path }) => path.split('?')[0]));
}

async function weigh(contender, paths) {
  let sum = 0;
  for (const path of paths) {
    const bytes = Buffer.from(await (await fetch(`${contender.sandbox.app}${path}`, { headers: { 'accept-encoding': 'identity' } })).arrayBuffer());
    const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
    // A picture only grows.
    sum += Math.min(bytes.length, packed.length);
  }
  return sum;
}
