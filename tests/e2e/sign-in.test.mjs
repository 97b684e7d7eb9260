// Signing in, being refused, staying signed in, signing out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  Sandbox, button, isTold, live, openBrowser, rowAt, rows, shellIsKept, signIn, stays, unreadShown, until, write, waiting,
} from './support.mjs';

let sandbox;
before(async () => { sandbox = await Sandbox.start({ messages: 40 }); });
after(() => sandbox?.kill());

async function visit(options, work) {
  const browser = await openBrowser(options);
  try {
    return await work(browser);
  } finally {
    await sandbox.reachable();
    await browser.close();
  }
}

const whatIsLeft = (page) => page.evaluate(async () => ({
  databases: (await indexedDB.databases()).map(({ name }) => name),
  caches: await caches.keys(),
  keys: [...Object.keys(localStorage), ...Object.keys(sessionStorage)],
}));

const tokenCalls = async () => (await sandbox.log()).filter(({ host, path }) => host === 'entra' && /\/token/.test(path));

test('one click on an account leads to folders and the newest mail', () => visit({}, async ({ page }) => {
  await page.goto(`${sandbox.app}/`);
  await page.getByRole('heading', { level: 1, name: 'Petrel' }).waitFor();
  assert.equal(await live(page), 'signed-out');
  await button(page, 'Sign in').click();
  await page.waitForURL((url) => url.origin === sandbox.entra);
  await page.locator('[data-account="ada@petrel.test"]').click();
  await rows(page).first().waitFor();
  await page.getByRole('tree', { name: 'Folders' }).getByRole('treeitem').first().waitFor();
  assert.doesNotMatch(page.url(), /code=|state=|session_state/, 'the address keeps nothing of the sign-in');
  await until('the count of unread mail', async () => await unreadShown(page) === await sandbox.unread());
  const newest = (await sandbox.asOtherClient('GET', '/me/mailFolders/inbox/messages?$top=1&$select=subject&$orderby=receivedDateTime desc')).value[0];
  assert.match(await rowAt(page, 1).innerText(), new RegExp(newest.subject.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  const marks = await page.evaluate(() => performance.getEntriesByType('mark').map(({ name }) => name));
  assert.ok(marks.includes('petrel:first-list') && marks.includes('petrel:interactive'), marks.join());
}));

test('a reload stays signed in and asks Entra for nothing', () => visit({}, async ({ page }) => {
  await signIn(page, sandbox);
  await sandbox.clearLog();
  await page.reload();
  await rows(page).first().waitFor();
  assert.equal((await sandbox.log()).filter(({ host, path }) => host === 'entra' && /authorize/.test(path)).length, 0);
}));

test('declining leads back with a sentence, and signing in works afterwards', () => visit({}, async ({ page }) => {
  await page.goto(`${sandbox.app}/`);
  await button(page, 'Sign in').click();
  await button(page, 'Cancel').click();
  await page.waitForURL((url) => url.origin === sandbox.app);
  await isTold(page, /sign/i);
  assert.doesNotMatch(page.url(), /error=/);
  assert.equal(await live(page), 'signed-out');
  await signIn(page, sandbox);
}));

test('an answer with a foreign state is refused, said so, and its code never redeemed', () => visit({}, async ({ page }) => {
  await page.goto(`${sandbox.app}/`);
  await button(page, 'Sign in').click();
  await page.waitForURL((url) => url.origin === sandbox.entra);
  await sandbox.clearLog();
  await page.goto(`${sandbox.app}/#code=stolen&state=foreign&session_state=x`);
  await isTold(page, /sign/i);
  assert.equal(await live(page), 'signed-out');
  assert.doesNotMatch(page.url(), /code=|state=/);
  assert.equal((await tokenCalls()).length, 0);
  await signIn(page, sandbox);
}));

test('with Entra out of reach signing in says so and does not go round in circles', () => visit({}, async ({ page }) => {
  await page.goto(`${sandbox.app}/`);
  await button(page, 'Sign in').waitFor();
  await sandbox.unreachable();
  await sandbox.clearLog();
  await button(page, 'Sign in').click();
  await isTold(page, /reach|connect|network|offline|try/i);
  await page.waitForTimeout(2_000);
  // The app's own files may be fetched meanwhile for the next start.
  assert.ok((await sandbox.log()).filter(({ host }) => host !== 'app').length < 12, 'a few tries at most');
  await sandbox.reachable();
  await signIn(page, sandbox);
}));

test('signing out leaves no database, no cache and no key', () => visit({}, async ({ page }) => {
  await signIn(page, sandbox);
  await shellIsKept(page);
  await button(page, 'Sign out').click();
  await until('signed out', async () => page.url().startsWith(sandbox.app) && await live(page) === 'signed-out');
  await until('nothing left', async () => {
    const left = await whatIsLeft(page);
    return left.databases.length + left.caches.length + left.keys.length === 0 || assert.fail(JSON.stringify(left));
  });
  await stays('nothing left', async () => (await whatIsLeft(page)).databases.length === 0);
  assert.equal(await rows(page).count(), 0);
  await page.reload();
  await button(page, 'Sign in').waitFor();
  assert.equal(await rows(page).count(), 0);
}));

test('whoever signs in again gets the shell back', () => visit({}, async ({ page }) => {
  await signIn(page, sandbox);
  await shellIsKept(page);
  await button(page, 'Sign out').click();
  await until('signed out', async () => page.url().startsWith(sandbox.app) && await live(page) === 'signed-out');
  await signIn(page, sandbox);
  await shellIsKept(page);
}));

test('signing out asks first while mail waits to be sent', () => visit({}, async ({ page }) => {
  await signIn(page, sandbox);
  await sandbox.unreachable();
  await write(page, { to: 'grace@petrel.test', subject: 'Not yet out', body: 'Wait for me.' });
  await until('one message waits', async () => await waiting(page) >= 1);
  await button(page, 'Sign out').click();
  await button(page, 'Stay').click();
  assert.ok(await waiting(page) >= 1);
  assert.ok(await rows(page).count() > 0);
  await button(page, 'Sign out').click();
  await button(page, 'Sign out anyway').click();
  await until('signed out', async () => await live(page) === 'signed-out');
}));
