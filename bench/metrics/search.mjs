// 6: search as you type. Petrel has no search yet: its line says so; what the peers take is measured all the same.
import { figure, inRounds } from '../lib/rounds.mjs';

export const metric = { number: 6, name: 'search', title: 'Search as you type' };

/** What is typed: parts of words that are there often, seldom and not at all. */
const QUERIES = ['re', 'meeting', 'invoice', 'harbour', 'zzzzqq'];

export async function run(bench) {
  const stage = await bench.stage();
  const browser = await stage.browser();
  try {
    const { roundcube, react, petrel } = stage.contenders;
    const page = await browser.newPage();
    await page.goto(petrel.url, { waitUntil: 'commit' });
    await page.evaluate((prefix) => window.bench.mark(`${prefix}first-list`), petrel.prefix);
    if (await page.getByRole('searchbox').count() > 0) throw new Error('Petrel has a search field now: measure it');
    bench.notBuilt({ what: 'key to results' });
    await page.goto(react.url, { waitUntil: 'commit' });
    await page.evaluate((prefix) => window.bench.mark(`${prefix}first-list`), react.prefix);
    await page.waitForTimeout(3_000);
    const lanes = { react: () => typed(page, react) };
    if (roundcube) {
      const other = await browser.newPage();
      await roundcube.warmOpen(other);
      lanes.roundcube = async () => { await other.bringToFront(); return { worst: await roundcube.search(other, 'meeting') }; };
    }
    const { rounds } = await inRounds(lanes, { count: bench.quick ? 2 : 9, log: bench.log });
    for (const name of Object.keys(lanes)) bench.figure({ what: 'key to results, slowest of the queries', unit: 'ms', throttle: 'none', contender: name, value: figure(rounds, name, ({ worst }) => worst) });
  } finally {
    await browser.close();
  }
}

async function typed(page, contender) {
  await page.bringToFront();
  const field = page.getByRole('searchbox').first();
  let worst = 0;
  for (const query of QUERIES) {
    await field.fill('');
    await page.waitForTimeout(100);
    await page.evaluate(() => window.bench.forget());
    await field.focus();
    await page.keyboard.insertText(query.slice(0, -1));
    await page.keyboard.press(query.at(-1));
    worst = Math.max(worst, await page.evaluate(async (prefix) => {
      const pressed = window.bench.lastInput();
      for (;;) {
        const after = window.bench.marks(`${prefix}results`).find(({ at }) => at > pressed);
        if (after) return after.at - pressed;
        await window.bench.painted();
      }
    }, contender.prefix));
  }
  return { worst };
}
