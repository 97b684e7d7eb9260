// 5: the morning: ten thousand messages come while the list is open. From the first of them to a list that holds what the server
// holds, and how long the main thread was kept from answering meanwhile.
import assert from 'node:assert/strict';
import { until, ADA } from '../../tests/e2e/support/sandbox.mjs';
import { openLive } from '../lib/mailbox.mjs';
import { figure, inRounds, ratio } from '../lib/rounds.mjs';

export const metric = { number: 5, name: 'burst', title: 'A burst of changes' };

export async function run(bench) {
  const count = bench.quick ? 2_000 : 10_000;
  // A mailbox of its own: it grows with each round.
  const stage = await bench.stage(bench.sizes.small, { without: ['react-split', 'roundcube'] });
  const browser = await stage.browser();
  try {
    const lanes = { drain: () => drain(browser, stage.contenders.floors, count) };
    for (const name of ['petrel', 'react']) lanes[name] = () => burst(browser, stage.contenders[name], count);
    const { rounds } = await inRounds(lanes, { count: bench.quick ? 1 : 3, warmUps: 0, log: bench.log });
    for (const name of Object.keys(lanes)) {
      bench.figure({ what: `${count.toLocaleString('en')} messages until all is shown`, unit: 'ms', throttle: 'none', contender: name, value: figure(rounds, name, ({ took }) => took) });
      if (name !== 'drain') bench.figure({ what: 'main thread busy beyond 50 ms', unit: 'ms', throttle: 'none', contender: name, value: figure(rounds, name, ({ blocked }) => blocked) });
    }
    bench.ratio({ what: 'until all is shown', throttle: 'none', against: 'drain', target: 1.15, value: ratio(rounds, 'petrel', 'drain', ({ took }) => took) });
    bench.ratio({ what: 'until all is shown', throttle: 'none', against: 'react', value: ratio(rounds, 'petrel', 'react', ({ took }) => took) });
  } finally {
    await browser.close();
  }
}

let seed = 100;
const generate = (contender, count) => contender.sandbox.control('POST', 'generate', { to: ADA, count, seed: seed += 1 });

async function burst(browser, contender, count) {
  const page = await openLive(browser, contender);
  try {
    await page.evaluate(() => window.bench.forget());
    const before = performance.now();
    await generate(contender, count);
    const { inbox } = await contender.now();
    await until(`${contender.name} to list ${inbox}`, () => page.evaluate((wanted) => Number(window.bench.grid().getAttribute('aria-rowcount')) === wanted, inbox), { timeout: 600_000, every: 100 });
    const took = performance.now() - before;
    const { newest } = await contender.now();
    const { id } = await page.evaluate(() => window.bench.rows()[0]);
    assert.ok(newest.includes(id), `${contender.name} shows the newest on top`);
    const tasks = await page.evaluate(() => window.bench.longTasks());
    return { took, blocked: tasks.reduce((sum, task) => sum + task - 50, 0) };
  } finally {
    await page.close();
  }
}

async function drain(browser, contender, count) {
  const page = await browser.newPage();
  try {
    await page.goto(contender.at('drain.html'));
    const { access_token: token } = await contender.sandbox.control('POST', 'token', { user: ADA });
    await page.evaluate((options) => window.listen(options), { graph: contender.sandbox.graph, token });
    const drained = page.evaluate((wanted) => window.expect(wanted), count);
    const before = performance.now();
    await generate(contender, count);
    await drained;
    return { took: performance.now() - before, blocked: 0 };
  } finally {
    await page.close();
  }
}
