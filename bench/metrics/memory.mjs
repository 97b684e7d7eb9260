// 11: what a cached message costs in memory: the heap, buffers and wasm memory of page and workers after collecting garbage, at two
// sizes of mailbox, and the private memory of the browser's processes less those of a blank page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { processesOf } from '../lib/browser.mjs';
import { figure, inRounds, ratio } from '../lib/rounds.mjs';
import { heapOf } from '../lib/heap.mjs';

export const metric = { number: 11, name: 'memory', title: 'Memory' };

export async function run(bench) {
  const small = await bench.stage(bench.sizes.small, { without: ['react-split', 'roundcube'] });
  const large = await bench.stage();
  const lanes = {};
  for (const name of ['petrel', 'react']) {
    lanes[name] = async () => {
      const few = await memoryOf(small, small.contenders[name]);
      const many = await memoryOf(large, large.contenders[name]);
      const thousands = (large.messages - small.messages) / 1_000;
      return { slope: (many.heap - few.heap) / thousands, heap: many.heap, processes: many.processes };
    };
  }
  lanes.blank = async () => {
    const { heap, processes } = await memoryOf(large, { ...large.contenders.floors, url: large.contenders.floors.at('blank.html'), blank: true });
    return { slope: 0, heap, processes };
  };
  const { rounds } = await inRounds(lanes, { count: bench.quick ? 2 : 7, warmUps: 0, log: bench.log });
  const count = large.messages.toLocaleString('en');
  for (const name of ['blank', 'petrel', 'react']) {
    bench.figure({ what: `page and workers at ${count}`, unit: 'MB', throttle: 'none', contender: name, value: figure(rounds, name, ({ heap }) => heap) });
    bench.figure({ what: `processes at ${count}, less a blank page`, unit: 'MB', throttle: 'none', contender: name, value: figure(rounds.map((round) => ({ [name]: round[name].processes - round.blank.processes })), name) });
    if (name !== 'blank') bench.figure({ what: 'each 1,000 messages more', unit: 'MB', throttle: 'none', contender: name, value: figure(rounds, name, ({ slope }) => slope) });
  }
  bench.ratio({ what: `page and workers at ${count}`, throttle: 'none', against: 'react', target: 0.4, value: ratio(rounds, 'petrel', 'react', ({ heap }) => heap) });
}

async function memoryOf(stage, contender) {
  const browser = await stage.browser();
  try {
    const page = await browser.newPage();
    await page.goto(contender.url, { waitUntil: 'commit' });
    await page.evaluate((prefix) => window.bench.mark(`${prefix}first-list`), contender.prefix);
    if (!contender.blank) assert.ok(contender.expected.newest.includes((await page.evaluate(() => window.bench.rows()[0])).id), `${contender.name} shows the newest message first`);
    await page.waitForTimeout(1_500);
    const heap = await heapOf(browser.context, page);
    return { heap, processes: privateMemory(processesOf(browser.profile)) };
  } finally {
    await browser.close();
  }
}

/** What only these processes hold, in MB. */
function privateMemory(pids) {
  let kilobytes = 0;
  for (const pid of pids) {
    try {
      for (const [, number] of readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_(?:Clean|Dirty):\s+(\d+)/gm)) kilobytes += Number(number);
    } catch { /* it ended meanwhile */ }
  }
  return kilobytes / 1_024;
}
