// The Roundcube peer as the benchmark uses it: set up with sixty messages, filled, and every act done once and checked.
// Skipped where Roundcube is not installed, because only `cargo xtask bench` installs it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openBrowser } from '../../../tests/e2e/support/browser.mjs';
import { Sandbox } from '../../../tests/e2e/support/sandbox.mjs';
import * as roundcube from '../../contenders/roundcube.mjs';

const why = roundcube.hindrance();
/** More than a frame's scripts and less than waiting for somebody: no act is thinkable outside of it. */
const plausible = (ms) => ms > 0.5 && ms < 15_000;

describe('the Roundcube peer', { skip: why }, () => {
  let sandbox;
  let c;
  let browser;
  let page;
  before(async () => {
    sandbox = await Sandbox.start({ messages: 60, seed: 7 });
    c = await roundcube.start({ sandbox, choices: { mail_pagesize: 20 } });
    browser = await openBrowser();
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await c?.stop();
    await sandbox?.kill();
  });

  test('every folder holds what the sandbox holds', async () => {
    const theirs = await sandbox.folders();
    assert.equal(c.folders.reduce((sum, { messages }) => sum + messages, 0), theirs.reduce((sum, { messages }) => sum + messages.length, 0));
    for (const [here, there] of [['INBOX', 'Inbox'], ['Sent', 'Sent Items'], ['Archive', 'Archive'], ['Trash', 'Deleted Items'], ['Junk', 'Junk Email'], ['Drafts', 'Drafts']]) {
      const { messages } = theirs.find(({ display_name }) => display_name === there);
      const found = c.folders.find(({ name }) => name === here);
      assert.deepEqual([found.messages, found.unseen], [messages.length, messages.filter(({ is_read }) => !is_read).length], here);
    }
  });

  test('signing in shows the newest messages of the inbox', async () => {
    await roundcube.signIn(page, c);
    assert.equal(await page.locator('#messagelist > tbody > tr.message').count(), 20);
    const unread = await page.locator('#messagelist > tbody > tr.message.unread').count();
    assert.equal(unread, inbox().slice(0, 20).filter(({ isRead }) => !isRead).length);
  });

  test('opening again, a key, a message, the next page', async () => {
    assert.ok(plausible(await roundcube.warmOpen(page, c)));
    assert.ok(plausible(await roundcube.keyHandled(page)));
    const subjects = inbox().slice(0, 20).map(({ subject }) => subject);
    const single = subjects.slice(3).find((subject) => subjects.indexOf(subject) === subjects.lastIndexOf(subject));
    assert.ok(plausible(await roundcube.openMessage(page, c, single)));
    assert.ok(plausible(await roundcube.scrollPage(page, c)));
  });

  test('a search finds what is there, and nothing where nothing is', async () => {
    await roundcube.warmOpen(page, c);
    const [first] = inbox()[0].subject.toLowerCase().match(/[a-z]{4,}/) ?? ['the'];
    assert.ok(plausible(await roundcube.search(page, c, first)));
    assert.ok(plausible(await roundcube.search(page, c, 'xyzzyxyzzy')));
  });

  test('a message that is not there is no figure', async () => {
    await assert.rejects(roundcube.openMessage(page, c, 'No message has this subject'), /no unselected row/);
  });

  test('the bytes of a first visit are counted once each', async () => {
    const { brotli, transferred, requests } = await roundcube.bytes(page, c);
    assert.ok(requests > 10);
    assert.ok(brotli > 200_000 && brotli < 1_000_000, `${brotli}`);
    assert.ok(transferred > brotli, `${transferred} against ${brotli}`);
    const again = await roundcube.bytes(page, c);
    assert.ok(Math.abs(again.brotli - brotli) < 5_000, `${again.brotli} against ${brotli}`);
  });

  test('it asks nobody but itself', () => {
    assert.deepEqual([...browser.origins], [new URL(c.url).origin]);
  });

  const inbox = () => c.folders.find(({ name }) => name === 'INBOX').list;
});
