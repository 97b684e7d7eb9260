// Measures Petrel beside its floors and peers: `node bench/run.mjs [NAME…] [--quick] [--messages N] [--out FOLDER] [--page FILE]`.
// `cargo xtask bench` builds everything first and calls this.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench } from './lib/bench.mjs';
import { machine, page, table } from './lib/report.mjs';
import * as act from './metrics/act.mjs';
import * as arrive from './metrics/arrive.mjs';
import * as burst from './metrics/burst.mjs';
import * as download from './metrics/download.mjs';
import * as idle from './metrics/idle.mjs';
import * as memory from './metrics/memory.mjs';
import * as offline from './metrics/offline.mjs';
import * as open from './metrics/open.mjs';
import * as read from './metrics/read.mjs';
import * as scale from './metrics/scale.mjs';
import * as scroll from './metrics/scroll.mjs';
import * as search from './metrics/search.mjs';
import * as sync from './metrics/sync.mjs';

const ALL = [open, download, offline, arrive, burst, search, scroll, sync, read, act, memory, idle, scale];
/** What the short form leaves out: it takes long, or says little with few messages. */
const LONG = new Set(['burst', 'search', 'scroll', 'act', 'scale']);

const { values: words, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, messages: { type: 'string' }, out: { type: 'string', default: 'target/bench' }, page: { type: 'string' } },
});
const unknown = names.find((name) => !ALL.some(({ metric }) => metric.name === name));
if (unknown) {
  console.error(`there is no benchmark “${unknown}”; these exist: ${ALL.map(({ metric }) => metric.name).join(', ')}`);
  process.exit(2);
}
const chosen = ALL.filter(({ metric }) => (names.length > 0 ? names.includes(metric.name) : !(words.quick && LONG.has(metric.name))));

const begun = Date.now();
const bench = new Bench({ quick: words.quick, log: (line) => console.error(line), size: words.messages ? Number(words.messages) : undefined });
let where;
try {
  for (const { metric, run } of chosen) {
    console.error(`${metric.number}. ${metric.title} (${((Date.now() - begun) / 60_000).toFixed(1)} min)`);
    bench.begin(metric);
    await run(bench);
  }
  where = machine((await bench.stage()).profile);
} finally {
  await bench.end();
}
const run = { name: names.length === 0 ? 'mail' : names.join('+'), at: new Date(begun).toISOString(), minutes: (Date.now() - begun) / 60_000, quick: words.quick, sizes: bench.sizes, where, results: bench.results };
console.log(table(bench.results));
mkdirSync(words.out, { recursive: true });
const file = join(words.out, `${run.name}.json`);
writeFileSync(file, `${JSON.stringify(run, null, 1)}\n`);
if (words.page && names.length === 0) writeFileSync(words.page, page(run));
console.log(`\n${run.minutes.toFixed(1)} minutes; written to ${file}`);
