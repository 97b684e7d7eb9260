// 9: opening a message whose body is on the device: from the click to the painted body, for four sizes of newsletter,
// remote images blocked. Each time the end of the text is looked for, and that nothing in it ran.
import assert from 'node:assert/strict';
import { figure, inRounds, ratio } from '../lib/rounds.mjs';
import { SIZES, lastWordsOf, newsletter, subjectOf } from '../lib/mails.mjs';

export const metric = { number: 9, name: 'read', title: 'Read a message (cached)' };

export async function run(bench) {
  const stage = await bench.stage();
  const browser = await stage.browser();
  try {
    const lanes = {};
    const { floors, roundcube } = stage.contenders;
    const floor = await browser.newPage();
    await floor.goto(floors.at('body.html'));
    lanes.setHTML = async () => (await floor.bringToFront(), each(async (size) => {
      const { ms, text } = await floor.evaluate((html) => window.show(html), newsletter(size));
      assert.ok(text.includes(lastWordsOf(size)), 'the floor shows the whole newsletter');
      return ms;
    }));
    for (const name of ['petrel', 'react']) {
      const contender = stage.contenders[name];
      const page = await browser.newPage();
      await page.goto(contender.url, { waitUntil: 'commit' });
      await page.evaluate((prefix) => window.bench.mark(`${prefix}first-list`), contender.prefix);
      contender.places = await placesOf(contender);
      lanes[name] = async () => { await page.bringToFront(); return each((size) => open(page, contender, size)); };
      await lanes[name]();
    }
    if (roundcube) {
      const page = await browser.newPage();
      await roundcube.warmOpen(page);
      lanes.roundcube = async () => { await page.bringToFront(); return each((size) => roundcube.openMessage(page, subjectOf(size))); };
    }
    const { rounds } = await inRounds(lanes, { count: bench.quick ? 3 : 15, log: bench.log });
    for (const size of SIZES) {
      const of = (value) => value[size];
      for (const name of Object.keys(lanes)) bench.figure({ what: `${size} kB`, unit: 'ms', throttle: 'none', contender: name, value: figure(rounds, name, of) });
      bench.ratio({ what: `${size} kB`, throttle: 'none', against: 'setHTML', target: 1.3, value: ratio(rounds, 'petrel', 'setHTML', of) });
      bench.ratio({ what: `${size} kB`, throttle: 'none', against: 'react', target: 0.33, value: ratio(rounds, 'petrel', 'react', of) });
      if (roundcube) bench.ratio({ what: `${size} kB`, throttle: 'none', against: 'roundcube', value: ratio(rounds, 'petrel', 'roundcube', of) });
    }
  } finally {
    await browser.close();
  }
}

/** Where in the list each of the newest messages stands, by id. */
async function placesOf(contender) {
  const { value } = await contender.sandbox.asOtherClient('GET', '/me/mailFolders/inbox/messages?$top=500&$select=id&$orderby=receivedDateTime%20desc');
  return Object.fromEntries(value.map(({ id }, at) => [id, at]));
}

async function each(measure) {
  const took = {};
  for (const size of SIZES) took[size] = await measure(size);
  return took;
}

async function open(page, contender, size) {
  const id = contender.newsletters[size];
  await page.evaluate(() => window.bench.forget());
  // Only rows near the view exist; all lists have rows of one height.
  await page.evaluate((place) => { const grid = window.bench.grid(); grid.scrollTop = Math.max(0, place - 3) * (grid.querySelector('[role=row]').offsetHeight || 1); }, contender.places[id]);
  await page.locator(`[data-message-id="${id}"]`).click();
  const took = await page.evaluate(async ([prefix, wanted]) => {
    const { at } = await window.bench.mark(`${prefix}body`, wanted);
    return at - window.bench.lastInput();
  }, [contender.prefix, id]);
  const seen = await page.evaluate((wanted) => {
    const frame = [...document.querySelectorAll('iframe[data-body-of]')].find(({ dataset }) => dataset.bodyOf === wanted);
    const body = frame?.contentDocument?.body;
    return { text: body?.textContent.slice(-200) ?? '', scripts: body?.querySelectorAll('script').length, hurt: window.hurt };
  }, id);
  assert.ok(seen.text.includes(lastWordsOf(size)), `${contender.name} shows the whole newsletter of ${size} kB`);
  assert.ok(!seen.hurt && !seen.scripts, `${contender.name} runs nothing`);
  return took;
}
