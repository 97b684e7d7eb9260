// The engine has a home in every tab and in the service worker, and one writer at any time: whoever is seen leads, and with no tab open the
// service worker sends what waits when the browser wakes it.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  GRACE, LINUS, Sandbox, act, diary, hadOneWriter, idsShown, isLive, nothingWaits, open, openBrowser, rowOf, rowWith, rows, see,
  serviceWorkerOf, shellIsKept, signIn, stays, until, unreadShown, waiting, write,
} from './support.mjs';

let sandbox;
let browser;
let page;
beforeEach(async () => {
  sandbox = await Sandbox.start({ messages: 30 });
  browser = await openBrowser();
  page = browser.page;
  await signIn(page, sandbox);
  await isLive(page, 'live');
  await shellIsKept(page);
  await see(page, true);
});
afterEach(async () => {
  await browser?.close();
  await sandbox?.kill();
});

async function another() {
  const tab = await browser.context.newPage();
  await tab.goto(`${sandbox.app}/`);
  await rows(tab).first().waitFor();
  await see(tab, true);
  return tab;
}

/** Closes every tab of the app; what stays is a blank page, to look at the browser with. */
async function closeTabs() {
  const blank = await browser.context.newPage();
  for (const tab of browser.context.pages()) if (tab !== blank) await tab.close();
  return blank;
}

const deliveries = async (to) => (await sandbox.delivered()).filter((row) => row.to.includes(to)).length;
const leaderships = async (tab) => (await diary(tab)).length;

test('the tab in view takes over from a hidden one, and two in view leave it where it is', async () => {
  const second = await another();
  const begun = await leaderships(second);
  await stays('the leadership', async () => await leaderships(second) === begun, { during: 4_000 });

  await sandbox.clearLog();
  await see(page, false);
  await until('the second tab to lead', async () => await leaderships(second) === begun + 1, { timeout: 20_000 });
  await isLive(second, 'live', { timeout: 30_000 });
  const ended = (await sandbox.log()).filter(({ method, path }) => method === 'DELETE' && /\/subscriptions\//.test(path));
  assert.equal(ended.length, 1, 'the one that let go ended its subscription');
  await see(page, true);
  await stays('the leadership', async () => await leaderships(second) === begun + 1, { during: 4_000 });

  const id = await sandbox.deliver({ subject: 'After the hand-over' });
  for (const tab of [page, second]) await rowOf(tab, id).waitFor({ timeout: 10_000 });
  // The first one leads no more: nothing changes when it goes.
  await page.close();
  await stays('the leadership', async () => await leaderships(second) === begun + 1, { during: 3_000 });
  hadOneWriter(await diary(second));
});

test('a leader that does not answer is replaced, and harmless when it is back', async () => {
  const begun = await leaderships(page);
  // What a phone does to a tab in the background: its worker stands still, and holds the lock.
  const frozen = page.workers()[0].evaluate(() => { for (const end = Date.now() + 30_000; Date.now() < end;); });
  const second = await another();
  await until('the second tab to lead', async () => await leaderships(second) === begun + 1, { timeout: 25_000 });
  const id = await sandbox.deliver({ subject: 'Behind its back' });
  await rowOf(second, id).waitFor({ timeout: 30_000 });
  await frozen;
  for (const tab of [page, second]) await rowOf(tab, id).waitFor({ timeout: 30_000 });
  await open(page, rowOf(page, id));
  await until('the act of the tab that is back on the server', async () => (await sandbox.find('Behind its back')).is_read, { timeout: 30_000 });
  await stays('the leadership', async () => await leaderships(second) === begun + 1, { during: 3_000 });
  hadOneWriter(await diary(second));
});

test('two tabs and a service worker that is woken again and again have one writer at any time', async () => {
  const second = await another();
  const worker = await serviceWorkerOf(page, sandbox.app);
  const begun = await leaderships(page);
  const wake = [() => worker.sync(), () => worker.periodicSync(), () => worker.push('{"trust":"me"}')];
  const ids = [];
  for (let round = 0; round < 6; round += 1) {
    const [here, there] = round % 2 === 0 ? [page, second] : [second, page];
    const id = await sandbox.deliver({ subject: `Round ${round}` });
    ids.push(id);
    await wake[round % 3]();
    await rowOf(here, id).waitFor({ timeout: 30_000 });
    await open(here, rowOf(here, id));
    await act(here, round < 3 ? 'Archive' : 'Flag');
    await wake[(round + 1) % 3]();
    if (round === 2) await write(here, { to: GRACE, subject: 'From one tab', body: 'Once.' });
    if (round === 4) await write(here, { to: LINUS, subject: 'From the other tab', body: 'Once.' });
    // The leader goes out of view while it works.
    await see(here, false);
    await see(there, true);
    await wake[(round + 2) % 3]();
  }
  await nothingWaits(page);
  for (let round = 0; round < 6; round += 1) {
    const found = await until(`round ${round} on the server`, async () => {
      const mail = await sandbox.find(`Round ${round}`);
      return (round < 3 ? mail.folder === 'Archive' : /flagged|true/.test(JSON.stringify(mail.flag))) && mail;
    }, { timeout: 30_000 });
    assert.equal(found.id, ids[round]);
  }
  await until('the same list in both tabs', async () => {
    const [here, there] = await Promise.all([idsShown(page, 8), idsShown(second, 8)]);
    return JSON.stringify(here) === JSON.stringify(there) && here.includes(ids[5]) && !here.includes(ids[0]);
  }, { timeout: 30_000 });
  assert.equal(await unreadShown(page), await unreadShown(second));
  await stays('one delivery each', async () => await deliveries(GRACE) === 1 && await deliveries(LINUS) === 1, { during: 4_000 });

  const entries = await diary(page);
  hadOneWriter(entries);
  assert.ok(entries.length > begun, 'the leadership went from tab to tab meanwhile');
  assert.ok(entries.reduce((sum, { commits }) => sum + commits, 0) > 20, 'and all of it was written down');
});

test('mail written offline goes out with no tab open, once the browser wakes the service worker', async () => {
  await sandbox.unreachable();
  await isLive(page, 'offline', { timeout: 30_000 });
  await write(page, { to: GRACE, subject: 'Written in a tunnel', body: 'Sent after it.' });
  await until('it waits', async () => await waiting(page) === 1);
  const blank = await closeTabs();
  const worker = await serviceWorkerOf(blank, sandbox.app);
  // Whatever the closing tab asked for is over: only the browser's own word counts now.
  await worker.stop();
  await sandbox.reachable();
  await worker.sync();
  await until('it at Grace’s', () => sandbox.find('Written in a tunnel', GRACE), { timeout: 40_000 });
  await stays('one delivery', async () => await deliveries(GRACE) === 1, { during: 4_000 });
  assert.equal((await sandbox.findAll('Written in a tunnel')).filter(({ folder }) => folder === 'Drafts').length, 0, 'no draft is left behind');

  await blank.goto(`${sandbox.app}/`);
  await rows(blank).first().waitFor();
  await nothingWaits(blank);
  const entries = await until('the tab to lead', async () => {
    const so = await diary(blank);
    return so.at(-1).host === 'tab' && so;
  });
  hadOneWriter(entries);
  assert.ok(entries.some(({ host, commits }) => host === 'service worker' && commits > 0), 'the service worker wrote');
  assert.equal(await deliveries(GRACE), 1);
});

test('what waits when the last tab is closed is sent without it', async () => {
  await sandbox.faults([{ host: 'graph', method: 'POST', path: '/messages$', times: 1, then: { drop: 'before' } }]);
  await write(page, { to: LINUS, subject: 'Just before leaving', body: 'Bye.' });
  await closeTabs();
  await until('it at Linus’', () => sandbox.find('Just before leaving', LINUS), { timeout: 60_000 });
  await stays('one delivery', async () => await deliveries(LINUS) === 1, { during: 4_000 });
});

test('woken for mail with no tab open, the service worker brings it onto the device', async () => {
  const blank = await closeTabs();
  const worker = await serviceWorkerOf(blank, sandbox.app);
  const id = await sandbox.deliver({ subject: 'While nobody looked' });
  await sandbox.clearLog();
  await worker.push('{"subject":"Something else"}');
  const asked = async () => (await sandbox.log()).filter(({ host }) => host === 'graph');
  await until('the inbox asked for', async () => (await asked()).some(({ path, status }) => /\/messages\/delta/.test(path) && status === 200), { timeout: 30_000 });
  let last = 0;
  await until('the wake to end', async () => {
    const [before, now] = [last, (await asked()).length];
    last = now;
    return before === now;
  }, { timeout: 30_000, every: 2_000 });
  assert.equal((await sandbox.log()).filter(({ host, path }) => host === 'hub' || /\/subscriptions/.test(path)).length, 0, 'no socket and no subscription');
  // The page starts without a network: whatever it shows was there.
  await sandbox.unreachable();
  await blank.goto(`${sandbox.app}/`);
  await rowOf(blank, id).waitFor();
  assert.equal(await rowWith(blank, 'While nobody looked').count(), 1);
});
