// 4: a mail arrives: from the socket's message to its painted row, and from the server's side of the door to the same moment.
// The notification carries no mail in any of them: Graph has to be asked, and the floor asks by hand.
import assert from 'node:assert/strict';
import { openLive } from '../lib/mailbox.mjs';
import { figure, inRounds, ratio } from '../lib/rounds.mjs';
import { median, mulberry32, quantile } from '../lib/stats.mjs';

export const metric = { number: 4, name: 'arrive', title: 'New mail appears' };

export async function run(bench) {
  const stage = await bench.stage();
  for (const throttle of bench.throttles.filter((one) => !bench.quick || one === 'none')) {
    const browser = await stage.browser(throttle);
    const random = mulberry32(4);
    const all = {};
    const lane = (name, contender, open) => async () => {
      const page = await open();
      try {
        const samples = [];
        for (let at = 0; at < (bench.quick ? 5 : 10); at += 1) samples.push(await arrival(page, contender, random));
        (all[name] ??= []).push(...samples);
        return { frame: median(samples.map(({ frame }) => frame)), sent: median(samples.map(({ sent }) => sent)) };
      } finally {
        await page.close();
      }
    };
    const { floors } = stage.contenders;
    const lanes = { vanilla: lane('vanilla', floors, () => listening(browser, floors)) };
    for (const name of ['petrel', 'react', 'react-split']) lanes[name] = lane(name, stage.contenders[name], () => openLive(browser, stage.contenders[name]));
    try {
      const { rounds } = await inRounds(lanes, { count: bench.quick ? 2 : 6, warmUps: bench.quick ? 0 : 1, log: bench.log });
      for (const name of Object.keys(lanes)) {
        bench.figure({ what: 'socket to row', unit: 'ms', throttle, contender: name, value: figure(rounds, name, ({ frame }) => frame), p95: quantile(all[name].map(({ frame }) => frame), 0.95) });
        bench.figure({ what: 'delivery to row', unit: 'ms', throttle, contender: name, value: figure(rounds, name, ({ sent }) => sent), p95: quantile(all[name].map(({ sent }) => sent), 0.95) });
      }
      const peer = bench.faster(rounds, ['react', 'react-split'], ({ frame }) => frame);
      bench.ratio({ what: 'socket to row', throttle, against: 'vanilla', target: 1.2, value: ratio(rounds, 'petrel', 'vanilla', ({ frame }) => frame) });
      bench.ratio({ what: 'socket to row', throttle, against: peer, target: 0.5, value: ratio(rounds, 'petrel', peer, ({ frame }) => frame) });
    } finally {
      await browser.close();
    }
  }
  if (stage.contenders.roundcube) bench.cannot({ what: 'socket to row', contender: 'roundcube', why: 'it asks every minute; nothing tells it of mail' });
}

async function listening(browser, floors) {
  const page = await browser.newPage();
  await page.goto(floors.at('vanilla.html?fetch=1'), { waitUntil: 'commit' });
  await page.evaluate((prefix) => window.bench.mark(`${prefix}first-list`), floors.prefix);
  const { access_token: token } = await floors.sandbox.control('POST', 'token', { user: 'ada@petrel.test' });
  await page.evaluate((options) => window.listen(options), { graph: floors.sandbox.graph, token });
  return page;
}

let count = 0;
async function arrival(page, contender, random) {
  // At any phase of the frame, and never in the second of the one before: their order would be chance.
  await page.waitForTimeout(150 + random() * 200);
  await contender.sandbox.control('POST', 'clock', { advance_s: 1 });
  await page.evaluate(() => window.bench.forget());
  const subject = `Arrival ${count += 1} ${Math.floor(random() * 1e9)}`;
  const sentAt = performance.timeOrigin + performance.now();
  const id = await contender.sandbox.deliver({ subject });
  const seen = await page.evaluate(async ([prefix, wanted]) => {
    const row = await window.bench.mark(`${prefix}row`, wanted);
    const shown = window.bench.rows().find(({ id: one }) => one === wanted);
    const text = document.querySelector(`[data-message-id="${CSS.escape(wanted)}"]`)?.textContent ?? '';
    return { row: row.at, frame: window.bench.marks(`${prefix}frame`)[0]?.at, origin: performance.timeOrigin, index: shown?.index, text };
  }, [contender.prefix, id]);
  assert.equal(seen.index, 1, `${contender.name} shows it on top`);
  assert.ok(seen.text.includes(subject), `${contender.name} shows its subject`);
  assert.ok(seen.frame <= seen.row, `${contender.name} heard of it first`);
  return { frame: seen.row - seen.frame, sent: seen.origin + seen.row - sentAt };
}
