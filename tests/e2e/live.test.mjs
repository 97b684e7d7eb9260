// Mail that arrives by itself: how fast, how surely, and what happens when the channel breaks or is refused.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import {
  Sandbox, folder, isLive, live, openBrowser, rowAt, rowOf, rowWith, rows, signIn, unreadShown, until,
} from './support.mjs';

let sandbox;
let browser;
let page;
before(async () => {
  sandbox = await Sandbox.start({ messages: 60 });
  browser = await openBrowser();
  page = browser.page;
  await signIn(page, sandbox);
  await isLive(page, 'live');
});
afterEach(() => sandbox.reachable());
after(async () => {
  await browser?.close();
  await sandbox?.kill();
});

/** Notes the time at which a text first stands in a list row, as the page itself sees it. */
const noteRows = (target) => target.evaluate(() => {
  window.rowSeen ??= new Map();
  new MutationObserver(() => {
    for (const row of document.querySelectorAll('[data-message-id]')) {
      const subject = row.querySelector('.subject')?.textContent?.trim();
      if (subject && !window.rowSeen.has(subject)) window.rowSeen.set(subject, Date.now());
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
});

test('a mail sent by SMTP stands at the top of the list within a second (p95 of 20)', async (t) => {
  await noteRows(page);
  const took = [];
  for (let at = 0; at < 20; at += 1) {
    const subject = `By SMTP ${at} ${crypto.randomUUID().slice(0, 8)}`;
    const before = await unreadShown(page);
    const sentAt = await sandbox.smtp({ subject });
    const seenAt = await until(`a row for ${subject}`, () => page.evaluate((wanted) => window.rowSeen.get(wanted), subject), { timeout: 10_000, every: 20 });
    took.push(seenAt - sentAt);
    assert.match(await rowAt(page, 1).innerText(), new RegExp(subject));
    await until('the unread count with it', async () => await unreadShown(page) === before + 1, { timeout: 1_000 });
    // Times of arrival have whole seconds: the next one has to be newer, and each must be found by its own notification.
    await page.waitForTimeout(1_050 - (Date.now() % 1_000));
  }
  took.sort((a, b) => a - b);
  const line = `SMTP to row: median ${took[10]} ms, p95 ${took[18]} ms, longest ${took[19]} ms`;
  t.diagnostic(line);
  assert.ok(took[18] < 1_000, line);
  const marks = await page.evaluate(() => performance.getEntriesByName('petrel:row').length);
  assert.ok(marks > 0, 'the page marks the moment a row is painted');
});

test('unread counts follow arrivals and what other clients read', async () => {
  const before = await unreadShown(page);
  const id = await sandbox.deliver({ subject: 'Count me' });
  await until('one more', async () => await unreadShown(page) === before + 1);
  await sandbox.asOtherClient('PATCH', `/me/messages/${encodeURIComponent(id)}`, { isRead: true });
  await until('one less', async () => await unreadShown(page) === before);
  assert.equal(await unreadShown(page), await sandbox.unread());
  assert.match(await folder(page, 'inbox').getAttribute('aria-label') ?? await folder(page, 'inbox').innerText(), new RegExp(String(before)));
});

for (const how of ['drop', 'close', 'silence']) {
  test(`after the socket’s ${how} it is live again and nothing was missed`, async () => {
    await isLive(page, 'live', { timeout: 60_000 });
    // While no socket can be made, mail arrives that nobody tells the app of.
    await sandbox.faults([{ host: 'hub', path: '/', times: 3, then: { drop: 'before' } }]);
    await sandbox.hub(how);
    const id = await sandbox.deliver({ subject: `While it was away: ${how}` });
    await rowOf(page, id).waitFor({ timeout: how === 'silence' ? 90_000 : 45_000 });
    await isLive(page, 'live', { timeout: 90_000 });
    const next = await sandbox.deliver({ subject: `And live again: ${how}` });
    await rowOf(page, next).waitFor({ timeout: 5_000 });
  });
}

test('an expired subscription is made anew', async () => {
  await isLive(page, 'live', { timeout: 60_000 });
  await sandbox.control('POST', 'expire', { what: 'subscriptions' });
  const id = await sandbox.deliver({ subject: 'Past the end of the subscription' });
  await page.evaluate(() => { window.dispatchEvent(new Event('online')); });
  await rowOf(page, id).waitFor({ timeout: 30_000 });
});

test('an expired delta cursor costs nothing that was there', async () => {
  const before = await rows(page).count();
  await sandbox.control('POST', 'expire', { what: 'delta' });
  const id = await sandbox.deliver({ subject: 'After the cursor died' });
  await rowOf(page, id).waitFor({ timeout: 30_000 });
  assert.ok(await rows(page).count() >= Math.min(before, 5));
  assert.equal(await rowWith(page, 'After the cursor died').count(), 1);
});

test('an expired access token is renewed without a word', async () => {
  await sandbox.control('POST', 'expire', { what: 'access_tokens' });
  const id = await sandbox.deliver({ subject: 'With a new token' });
  await rowOf(page, id).waitFor({ timeout: 30_000 });
  assert.notEqual(await live(page), 'signed-out');
});

test('with the channel refused the app polls, says so, and mail still arrives', async () => {
  const own = await openBrowser();
  try {
    await sandbox.faults([{
      host: 'graph', method: 'POST', path: '/subscriptions$', times: 1_000_000,
      then: { status: 403, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: { code: 'ExtensionError', message: 'Operation: Create; Exception: [Status Code: Forbidden]' } }) },
    }]);
    await sandbox.hub('drop');
    await signIn(own.page, sandbox);
    await isLive(own.page, 'polling', { timeout: 30_000 });
    const id = await sandbox.deliver({ subject: 'Found by asking' });
    await rowOf(own.page, id).waitFor({ timeout: 90_000 });
    assert.equal(await live(own.page), 'polling');
  } finally {
    await own.close();
  }
});
