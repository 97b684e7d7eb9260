// 8: the first sync: from coming back from the sign-in page until every header of every folder is stored and listed.
// Afterwards the network is taken away and the page loaded again: what is listed then must be what the server holds.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADA } from '../../tests/e2e/support/sandbox.mjs';
import { launch } from '../lib/browser.mjs';
import { synced } from '../lib/mailbox.mjs';
import { figure, inRounds, ratio } from '../lib/rounds.mjs';

export const metric = { number: 8, name: 'sync', title: 'First sync' };

export async function run(bench) {
  const stage = await bench.stage();
  const lanes = { floor: () => floorSync(stage.contenders.floors) };
  for (const name of ['petrel', 'react']) lanes[name] = () => firstSync(stage.contenders[name], stage.kinds[name]);
  for (const latency of bench.quick ? [0] : [0, 800]) {
    const throttle = latency === 0 ? 'none' : `${latency} ms latency`;
    const all = Object.entries(stage.contenders).filter(([name]) => ['petrel', 'react', 'floors'].includes(name)).map(([, contender]) => contender.sandbox);
    for (const sandbox of all) await sandbox.control('POST', 'limits', { latency_ms: latency });
    try {
      const { rounds } = await inRounds(lanes, { count: bench.quick ? 2 : 5, warmUps: 0, log: bench.log });
      for (const name of Object.keys(lanes)) {
        bench.figure({ what: 'headers a second (more is better)', unit: '/s', throttle, contender: name, value: figure(rounds, name, ({ rate }) => rate) });
        if (name !== 'floor') bench.figure({ what: 'longest task on the main thread', unit: 'ms', throttle, contender: name, value: figure(rounds, name, ({ task }) => task) });
        if (name !== 'floor') bench.figure({ what: 'first rows painted', unit: 'ms', throttle, contender: name, value: figure(rounds, name, ({ first }) => first) });
      }
      bench.ratio({ what: 'time for the same headers', throttle, against: 'react', target: 1 / 6, value: ratio(rounds, 'petrel', 'react', ({ rate }) => 1 / rate) });
      bench.ratio({ what: 'time for the same headers', throttle, against: 'floor', target: 2, value: ratio(rounds, 'petrel', 'floor', ({ rate }) => 1 / rate) });
    } finally {
      for (const sandbox of all) await sandbox.control('DELETE', 'limits');
    }
  }
  bench.cannot({ what: 'headers a second', contender: 'roundcube', why: 'it keeps no mail on the device' });
}

async function inFreshBrowser(work) {
  const folder = await mkdtemp(join(tmpdir(), 'petrel-bench-'));
  const browser = await launch({ profile: folder });
  try {
    return await work(browser);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const firstSync = (contender, kind) => inFreshBrowser(async (browser) => {
  const page = await browser.newPage();
  await kind.signIn(page, contender, ADA);
  const { at } = await synced(page, contender);
  const { first, task } = await page.evaluate((prefix) => ({ first: window.bench.marks(`${prefix}first-list`)[0].at, task: Math.max(0, ...window.bench.longTasks()) }), contender.prefix);
  // The files for starting offline are kept by now, or soon.
  await page.waitForTimeout(1_500);
  await browser.context.setOffline(true);
  await page.reload({ waitUntil: 'commit' });
  const opened = await page.evaluate((prefix) => window.bench.opened(prefix, false), contender.prefix);
  const { newest, inbox, all } = await contender.now();
  assert.ok(newest.includes(opened.first), `${contender.name} holds the newest message`);
  assert.equal(opened.total, inbox, `${contender.name} lists the whole inbox`);
  return { rate: all / at * 1_000, task, first };
});

const floorSync = (contender) => inFreshBrowser(async (browser) => {
  const page = await browser.newPage();
  await page.goto(contender.at('first-sync.html'));
  const { access_token: token } = await contender.sandbox.control('POST', 'token', { user: ADA });
  const { rows, ms } = await page.evaluate((options) => window.sync(options), { graph: contender.sandbox.graph, token });
  const { all } = await contender.now();
  assert.equal(rows, all, 'the floor stores every message');
  return { rate: rows / ms * 1_000, task: 0, first: 0 };
});
