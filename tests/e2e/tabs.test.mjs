// Several tabs are one app: they show the same, and one engine works for all of them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  Sandbox, act, idsShown, isLive, open, openBrowser, rowOf, rowWith, rows, signIn, unreadShown, until,
} from './support.mjs';

let sandbox;
let browser;
before(async () => {
  sandbox = await Sandbox.start({ messages: 40 });
  browser = await openBrowser();
  await signIn(browser.page, sandbox);
  await isLive(browser.page, 'live');
});
after(async () => {
  await browser?.close();
  await sandbox?.kill();
});

const locks = (page) => page.evaluate(async () => {
  const { held, pending } = await navigator.locks.query();
  const engines = (list) => list.filter(({ name }) => name === 'petrel-engine').length;
  return { held: engines(held), pending: engines(pending) };
});

test('a second tab shows the same, acts together with the first, and only one engine runs', async () => {
  const first = browser.page;
  await sandbox.clearLog();
  const second = await browser.context.newPage();
  await second.goto(`${sandbox.app}/`);
  await rows(second).first().waitFor();
  assert.deepEqual(await idsShown(second, 8), await idsShown(first, 8));
  await until('one engine holding the lock', async () => (await locks(second)).held === 1);

  const id = await sandbox.deliver({ subject: 'For both tabs' });
  await rowOf(first, id).waitFor();
  await rowOf(second, id).waitFor();
  assert.equal(await unreadShown(first), await unreadShown(second));

  await open(second, rowOf(second, id));
  await until('read in the other tab', async () => await rowOf(first, id).getAttribute('data-unread') === null);
  await act(second, 'Archive');
  await rowOf(first, id).waitFor({ state: 'detached' });
  await until('it in the archive', async () => (await sandbox.find('For both tabs'))?.folder === 'Archive');

  const log = await sandbox.log();
  assert.equal(log.filter(({ method, path }) => method === 'POST' && /\/move/.test(path)).length, 1, 'moved once');
  const sockets = log.filter(({ host, path, status }) => host === 'hub' && (status === 101 || /[?&]id=/.test(path)));
  assert.ok(sockets.length <= 1, `no second socket was made: ${JSON.stringify(sockets)}`);
  assert.equal((await locks(first)).held, 1);
});

test('when the tab that works closes, another takes over and nothing is missed', async () => {
  const [first, second] = browser.context.pages();
  await first.close();
  const id = await sandbox.deliver({ subject: 'After the first tab closed' });
  await rowOf(second, id).waitFor({ timeout: 30_000 });
  await isLive(second, 'live', { timeout: 30_000 });
  assert.equal((await locks(second)).held, 1);
  const next = await sandbox.deliver({ subject: 'And still live' });
  await rowOf(second, next).waitFor({ timeout: 5_000 });
  assert.equal(await rowWith(second, 'And still live').count(), 1);
});

test('signing out in one tab signs out the other', async () => {
  const second = browser.context.pages()[0];
  const third = await browser.context.newPage();
  await third.goto(`${sandbox.app}/`);
  await rows(third).first().waitFor();
  await third.getByRole('button', { name: 'Sign out', exact: true }).click();
  for (const page of [third, second]) {
    await until('signed out', async () => await page.locator('[data-live="signed-out"]').count() > 0, { timeout: 20_000 });
    assert.equal(await rows(page).count(), 0);
  }
});
