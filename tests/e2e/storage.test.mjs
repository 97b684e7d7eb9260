// What Petrel keeps on the device: bodies before anybody asks, what they take, how room is freed, and what is said when the browser
// removed it all.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import {
  PHONE, Sandbox, bodyOf, button, isLive, networkIsBack, open, openBrowser, rowOf, rows, signIn, until,
} from './support.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let sandbox;
before(async () => { sandbox = await Sandbox.start({ messages: 300 }); });
after(() => sandbox?.kill());

const dialog = (page) => page.getByRole('dialog', { name: 'Storage' });

/** The bodies in the database: how many, and the first byte of each. */
const bodies = (page) => page.evaluate(() => new Promise((done, fail) => {
  const request = indexedDB.open('petrel');
  request.onerror = () => fail(request.error);
  request.onsuccess = () => {
    const all = request.result.transaction('bodies').objectStore('bodies').getAll();
    all.onerror = () => fail(all.error);
    all.onsuccess = () => { request.result.close(); done(all.result.map((record) => record[0])); };
  };
}));

/** Waits until no more bodies come; how many there are. */
async function allFetched(page) {
  let last = -1;
  await until('the bodies to be there', async () => {
    const now = (await bodies(page)).length;
    const rests = now > 0 && now === last;
    last = now;
    return rests;
  }, { timeout: 60_000, every: 1_500 });
  return last;
}

async function violations(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => (await window.axe.run(document, { iframes: false })).violations
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].target} ${nodes[0].failureSummary}`));
}

test('the bodies of the recent window are there before anybody asks, twenty to a request, and open without a network', async () => {
  const { page, close } = await openBrowser();
  try {
    await sandbox.clearLog();
    await signIn(page, sandbox);
    await isLive(page, 'live');
    const count = await allFetched(page);
    assert.ok(count > 40, `${count} bodies`);
    const batches = (await sandbox.log()).filter(({ method, path }) => method === 'POST' && path.includes('$batch')).length;
    assert.ok(batches > 0 && batches <= Math.ceil(count / 20) + 3, `${batches} batches for ${count} bodies`);
    const numbers = await bodies(page);
    assert.ok(numbers.every((number) => number === 1 || number === 2), `${new Set(numbers)}`);
    assert.ok(numbers.includes(2), 'large ones are compressed');
    await sandbox.unreachable();
    await isLive(page, 'offline', { timeout: 30_000 });
    const ids = await rows(page).evaluateAll((list) => list.slice(0, 5).map((row) => row.dataset.messageId));
    for (const id of ids) {
      await open(page, rowOf(page, id));
      assert.ok((await bodyOf(page, id)).text.trim().length > 0);
    }
  } finally {
    await sandbox.reachable();
    await close();
  }
});

for (const colorScheme of ['light', 'dark']) {
  test(`the storage dialog tells what is kept, by key and by button, and axe finds nothing (${colorScheme})`, async () => {
    const { page, close } = await openBrowser({ colorScheme });
    try {
      await signIn(page, sandbox);
      await allFetched(page);
      await page.keyboard.press(',');
      await dialog(page).waitFor();
      await dialog(page).getByText(/ of \d/).waitFor();
      assert.equal(await dialog(page).getByRole('meter', { name: 'Room taken on this device' }).count(), 1);
      await dialog(page).getByText('By folder').click();
      await dialog(page).getByText('Inbox', { exact: true }).waitFor();
      assert.deepEqual(await violations(page), [], 'wide');
      await page.keyboard.press('Escape');
      await dialog(page).waitFor({ state: 'detached' });
      await page.setViewportSize(PHONE);
      await button(page, 'Folders').click();
      await button(page, 'Storage').click();
      await dialog(page).waitFor();
      assert.deepEqual(await violations(page), [], 'phone');
      const { width } = await dialog(page).boundingBox();
      assert.ok(width <= 390);
    } finally {
      await close();
    }
  });
}

test('freeing space works without a network, says what was freed, and the choice holds', async () => {
  const { page, close } = await openBrowser();
  try {
    await signIn(page, sandbox);
    await allFetched(page);
    await page.keyboard.press(',');
    await dialog(page).waitFor();
    await dialog(page).getByLabel('Keep messages of').selectOption({ label: 'any age' });
    await page.keyboard.press('Escape');
    const all = await allFetched(page);
    await sandbox.unreachable();
    await isLive(page, 'offline', { timeout: 30_000 });
    await page.keyboard.press(',');
    await dialog(page).getByRole('button', { name: 'Free space' }).click();
    await dialog(page).getByRole('status').getByText(/\d.* freed\./).waitFor();
    const left = await allFetched(page);
    assert.ok(left < all, `${left} of ${all}`);
    assert.equal(await dialog(page).getByLabel('Keep messages of').inputValue(), '7');
    await sandbox.reachable();
    await networkIsBack(page);
    await page.reload();
    await rows(page).first().waitFor();
    await isLive(page, 'live', { timeout: 30_000 });
    assert.equal(await allFetched(page), left, 'what was freed does not come again by itself');
  } finally {
    await sandbox.reachable();
    await close();
  }
});

test('when the browser has removed everything the person is told, and mail comes again', async () => {
  const { page, context, close } = await openBrowser();
  try {
    await page.goto(`${sandbox.app}/`);
    await button(page, 'Sign in').waitFor();
    assert.equal(await page.getByText(/has removed the mail/).count(), 0, 'nobody’s mail was here');
    await signIn(page, sandbox);
    await rows(page).first().waitFor();
    const client = await context.newCDPSession(page);
    await client.send('Storage.clearDataForOrigin', { origin: sandbox.app, storageTypes: 'indexeddb' });
    await page.reload();
    await page.getByText(/has removed the mail Petrel kept/).waitFor({ timeout: 30_000 });
    await signIn(page, sandbox);
    await rows(page).first().waitFor();
    assert.equal(await page.getByText(/has removed the mail/).count(), 0);
    // Signing out is no removal.
    await button(page, 'Sign out').click();
    await button(page, 'Sign in').waitFor({ timeout: 30_000 });
    await page.reload();
    await button(page, 'Sign in').waitFor();
    assert.equal(await page.getByText(/has removed the mail/).count(), 0);
  } finally {
    await close();
  }
});
