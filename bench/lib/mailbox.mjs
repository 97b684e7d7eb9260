// One driver for every contender that speaks the page protocol: Petrel, the React peer and, as far as they go, the floors.
// What it measures is taken from marks inside the page, and every result is compared with what the server holds.
import assert from 'node:assert/strict';
import { ADA, until } from '../../tests/e2e/support/sandbox.mjs';

/** The server's inbox, newest first, as a list of `{id, subject}`; asked once per sandbox unless it changed. */
export async function inboxOf(contender) {
  const folders = await contender.sandbox.folders(ADA);
  return folders.find(({ display_name }) => display_name === 'Inbox').messages;
}

/** How many messages lie in all folders of the server. */
export async function countOf(contender) {
  return (await contender.sandbox.folders(ADA)).reduce((sum, { messages }) => sum + messages.length, 0);
}

/** The newest messages of the inbox, as Graph lists it: several where they came in the same second, and then each of them may be on top. */
export async function newestOf(contender) {
  const { value } = await contender.sandbox.asOtherClient('GET', '/me/mailFolders/inbox/messages?$top=1000&$select=id,receivedDateTime&$orderby=receivedDateTime%20desc');
  return value.filter(({ receivedDateTime }) => receivedDateTime === value[0].receivedDateTime).map(({ id }) => id);
}

/** How long the inbox is, as Graph counts it. */
export async function inboxLength(contender) {
  return (await contender.sandbox.asOtherClient('GET', '/me/mailFolders/inbox')).totalItemCount;
}

/**
 * Opens the app in a new tab; `{painted, stored, key}` in ms since navigation started: rows in view, which may be those of a picture
 * of the screen as it was left; rows of the store; a key press answered. Checks that it is the inbox that is shown.
 */
export async function warmOpen(browser, contender, { key = false, expected }) {
  const page = await browser.newPage();
  try {
    await page.goto(contender.url, { waitUntil: 'commit' });
    const opened = await page.evaluate(([prefix, withKey]) => window.bench.opened(prefix, withKey), [contender.prefix, key]);
    if (expected) {
      assert.ok(expected.newest.includes(opened.first), `${contender.name} shows the newest message first`);
      assert.ok(opened.shown >= 8, `${contender.name} shows a screen of rows, not ${opened.shown}`);
    }
    return { painted: opened.painted, stored: opened.stored, key: opened.key };
  } finally {
    await page.close();
  }
}

/** Opens the app and waits until it hears of changes. */
export async function openLive(browser, contender) {
  const page = await browser.newPage();
  await page.goto(contender.url, { waitUntil: 'commit' });
  await page.evaluate((prefix) => window.bench.mark(`${prefix}first-list`), contender.prefix);
  await until(`${contender.name} to be live`, () => page.evaluate(() => document.querySelector('[data-live]')?.dataset.live === 'live'), { timeout: 60_000 });
  return page;
}

/** Waits until every row of every folder is on the device. */
export async function synced(page, contender, timeout = 1_800_000) {
  const mark = page.evaluate((prefix) => window.bench.mark(`${prefix}synced`), contender.prefix);
  const late = new Promise((_, fail) => { setTimeout(() => fail(new Error(`${contender.name} did not finish its first sync`)), timeout).unref(); });
  return Promise.race([mark, late]);
}
