// 12: leaving it open: context switches and CPU time of the whole browser, connected and with nothing to do, and with what a blank
// page costs in the same round taken off. In the foreground only: a browser without a window calls every tab visible.
import { processesOf, workOf } from '../lib/browser.mjs';
import { openLive } from '../lib/mailbox.mjs';
import { figure, inRounds, ratio } from '../lib/rounds.mjs';

export const metric = { number: 12, name: 'idle', title: 'Leave it open' };

export async function run(bench) {
  const stage = await bench.stage();
  const seconds = bench.quick ? 5 : 60;
  const { floors, roundcube } = stage.contenders;
  const lanes = { blank: () => idle(stage, seconds, (browser) => openPage(browser, floors.at('blank.html'))) };
  for (const name of ['petrel', 'react']) lanes[name] = () => idle(stage, seconds, (browser) => openLive(browser, stage.contenders[name]));
  if (roundcube) lanes.roundcube = () => idle(stage, seconds, async (browser) => { const page = await browser.newPage(); await roundcube.warmOpen(page); return page; });
  const { rounds } = await inRounds(lanes, { count: bench.quick ? 1 : 5, warmUps: 0, calm: 10, log: bench.log });
  for (const name of Object.keys(lanes)) {
    bench.figure({ what: 'context switches', unit: '/s', throttle: 'none', contender: name, value: figure(rounds, name, ({ switches }) => switches) });
    bench.figure({ what: 'CPU', unit: 'ms/s', throttle: 'none', contender: name, value: figure(rounds, name, ({ cpu }) => cpu) });
  }
  const over = (name) => figure(rounds.map((round) => ({ [name]: round[name].switches - round.blank.switches })), name);
  for (const name of Object.keys(lanes).slice(1)) bench.figure({ what: 'context switches over a blank page', unit: '/s', throttle: 'none', contender: name, value: over(name) });
  bench.ratio({ what: 'context switches', throttle: 'none', against: 'blank', target: 1.1, value: ratio(rounds, 'petrel', 'blank', ({ switches }) => switches) });
  bench.ratio({ what: 'context switches', throttle: 'none', against: 'react', value: ratio(rounds, 'petrel', 'react', ({ switches }) => switches) });
}

async function openPage(browser, url) {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

async function idle(stage, seconds, open) {
  const browser = await stage.browser();
  try {
    const page = await open(browser);
    await page.waitForTimeout(2_500);
    return await over(seconds, browser);
  } finally {
    await browser.close();
  }
}

async function over(seconds, browser) {
  const pids = processesOf(browser.profile);
  const before = workOf(pids);
  await new Promise((done) => { setTimeout(done, seconds * 1_000); });
  const after = workOf(pids);
  return { switches: (after.switches - before.switches) / seconds, cpu: (after.cpu - before.cpu) / seconds };
}
