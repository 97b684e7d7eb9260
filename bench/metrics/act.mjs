// 10: j, mark read, archive: from the key press to the frame that shows it.
import assert from 'node:assert/strict';
import { figure, inRounds, ratio } from '../lib/rounds.mjs';
import { median, quantile } from '../lib/stats.mjs';

export const metric = { number: 10, name: 'act', title: 'Archive, mark read, walk' };

const KEYS = { j: 'the next message', u: 'mark read or unread', e: 'archive' };

export async function run(bench) {
  const stage = await bench.stage();
  for (const throttle of bench.throttles.filter((one) => !bench.quick || one === 'none')) {
    const browser = await stage.browser(throttle);
    try {
      const lanes = {};
      for (const name of ['petrel', 'react']) {
        const contender = stage.contenders[name];
        const page = await browser.newPage();
        await page.goto(contender.url, { waitUntil: 'commit' });
        await page.evaluate((prefix) => window.bench.mark(`${prefix}first-list`), contender.prefix);
        await page.waitForTimeout(1_000);
        lanes[name] = async () => { await page.bringToFront(); return keys(page, bench.quick ? 3 : 8); };
      }
      const { rounds } = await inRounds(lanes, { count: bench.quick ? 2 : 9, log: bench.log });
      for (const key of Object.keys(KEYS)) {
        const of = (value) => value[key];
        for (const name of Object.keys(lanes)) {
          bench.figure({ what: KEYS[key], unit: 'ms', throttle, contender: name, value: figure(rounds, name, of), p95: quantile(rounds.map((round) => of(round[name])), 0.95) });
        }
        bench.ratio({ what: KEYS[key], throttle, against: 'react', target: 0.4, value: ratio(rounds, 'petrel', 'react', of) });
      }
    } finally {
      await browser.close();
    }
  }
}

async function keys(page, times) {
  const took = {};
  for (const key of Object.keys(KEYS)) {
    const samples = [];
    for (let at = 0; at < times; at += 1) samples.push(await press(page, key));
    took[key] = median(samples);
  }
  return took;
}

/** Presses a key as a person does; ms until the row it is about looks different. */
async function press(page, key) {
  const answer = page.evaluate((pressed) => new Promise((done) => {
    const look = () => {
      const row = document.getElementById(window.bench.current() ?? '');
      return { current: window.bench.current(), id: row?.dataset.messageId, unread: row?.hasAttribute('data-unread') };
    };
    const before = look();
    const different = () => {
      const now = look();
      if (pressed === 'j') return now.current !== before.current;
      if (pressed === 'u') return now.unread !== before.unread;
      return !document.querySelector(`[data-message-id="${CSS.escape(before.id ?? '')}"]`);
    };
    addEventListener('keydown', ({ timeStamp }) => {
      const check = async () => {
        const at = await window.bench.painted();
        if (different()) done(at - timeStamp); else if (at - timeStamp > 10_000) done(-1); else check();
      };
      check();
    }, { once: true, capture: true });
  }), key);
  await page.waitForTimeout(60);
  await page.keyboard.press(key);
  const took = await answer;
  assert.ok(took >= 0, `the key ${key} did nothing`);
  return took;
}
