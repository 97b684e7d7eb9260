// The React peer works: what is measured against must be a real mail client. Both builds do all of it.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { ADA, GRACE, stays, until } from '../../../tests/e2e/support/sandbox.mjs';
import { signIn, start } from '../../contenders/react.mjs';
import { buildPeer } from '../build.mjs';

/** More than one page for the inbox, so that its first round takes a while. */
const MESSAGES = 3_000;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost'];
const HOSTILE = `<p>Innocent words</p><script>parent.document.title = 'taken'</script>
  <img src="https://tracker.example/pixel.gif" onerror="parent.document.title = 'taken'"><img src="x" onload="parent.document.title = 'taken'">
  <div style="background: url(https://tracker.example/style.png)">more</div><a href="javascript:parent.document.title='taken'">link</a>
  <svg><animate onbegin="parent.document.title = 'taken'" attributeName="x" dur="1s"></svg><iframe src="https://tracker.example/"></iframe>`;

before(buildPeer);

for (const split of [false, true]) {
  describe(split ? 'the split build' : 'the build of one file', () => {
    let peer;
    let sandbox;
    let profile;
    let context;
    let page;
    const requests = [];
    const errors = [];

    async function launch() {
      context = await chromium.launchPersistentContext(profile, {
        executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, args: FLAGS, viewport: { width: 1440, height: 900 }, locale: 'en-GB',
      });
      context.setDefaultTimeout(15_000);
      context.on('request', (request) => requests.push(request.url()));
      context.on('weberror', (error) => errors.push(String(error.error())));
      page = context.pages()[0] ?? await context.newPage();
    }

    before(async () => {
      peer = await start({ messages: MESSAGES, seed: 7, split });
      ({ sandbox } = peer);
      profile = await mkdtemp(join(tmpdir(), 'petrel-peer-'));
      await launch();
      await signIn(page, peer, ADA);
    });
    after(async () => {
      await context?.close();
      await peer?.stop();
      if (profile) await rm(profile, { recursive: true, force: true });
    });

    const grid = () => page.getByRole('grid', { name: 'Messages' });
    const rowOf = (id) => page.locator(`[data-message-id="${id}"]`);
    const inbox = async () => (await sandbox.folders()).find(({ display_name }) => display_name === 'Inbox').messages;
    const marks = (name) => page.evaluate((wanted) => performance.getEntriesByName(`peer:${wanted}`).map(({ detail }) => detail), name);
    const isLive = (word = 'live') => page.locator(`[data-live="${word}"]`).waitFor();
    const isSynced = () => until('the first sync', async () => (await marks('synced')).length > 0);
    const idAt = (place) => page.locator(`[data-message-id][aria-rowindex="${place}"]`).getAttribute('data-message-id');
    const bodyOf = (id) => page.frameLocator(`iframe[data-body-of="${id}"]`).locator('body');
    const rowsStored = () => page.evaluate(() => new Promise((done, fail) => {
      const opening = indexedDB.open('peer');
      opening.onerror = () => fail(opening.error);
      opening.onsuccess = () => {
        const counting = opening.result.transaction('messages').objectStore('messages').count();
        counting.onsuccess = () => { opening.result.close(); done(counting.result); };
      };
    }));

    async function read(id) {
      await rowOf(id).click();
      await until('the body', async () => (await marks('body')).some((detail) => detail.id === id));
      return bodyOf(id).innerText();
    }

    test('first sync stores every message of the mailbox and says so', async () => {
      await isSynced();
      const all = (await sandbox.folders()).reduce((sum, { messages }) => sum + messages.length, 0);
      assert.deepEqual(await marks('synced'), [{ rows: all }]);
      assert.equal(await rowsStored(), all);
      await isLive();
    });

    test('the list is the server\'s inbox, in order and whole', async () => {
      const expected = [];
      for (let more = true; more;) {
        const asked = await sandbox.asOtherClient('GET', `/me/mailFolders/inbox/messages?$select=id,receivedDateTime&$top=1000&$skip=${expected.length}&$orderby=receivedDateTime%20desc`);
        expected.push(...asked.value);
        more = Boolean(asked['@odata.nextLink']);
      }
      assert.equal(Number(await grid().getAttribute('aria-rowcount')), expected.length);
      const seen = new Map();
      let most = 0;
      await grid().evaluate((list) => { list.scrollTop = 0; });
      await until('all rows', async () => {
        const shown = await page.locator('[data-message-id]').evaluateAll((all) => all.map((row) => [Number(row.getAttribute('aria-rowindex')), row.dataset.messageId]));
        for (const [place, id] of shown) seen.set(place, id);
        most = Math.max(most, shown.length);
        await grid().evaluate((list) => { list.scrollTop += 900; });
        return seen.size === expected.length;
      }, { timeout: 60_000, every: 20 });
      assert.ok(most < 32, `${most} rows at once`);
      await grid().evaluate((list) => { list.scrollTop = 0; });
      const listed = [...seen].sort(([a], [b]) => a - b).map(([, id]) => id);
      const times = new Map(expected.map(({ id, receivedDateTime }) => [id, receivedDateTime]));
      assert.deepEqual(new Set(listed), new Set(times.keys()));
      // Messages of one second have no order.
      assert.deepEqual(listed.map((id) => times.get(id)), expected.map(({ receivedDateTime }) => receivedDateTime));
    });

    test('keys move, open and go back', async () => {
      await rowOf(await idAt(1)).waitFor();
      await grid().focus();
      assert.equal(await grid().getAttribute('aria-activedescendant'), 'row-0');
      await page.keyboard.press('j');
      await page.keyboard.press('ArrowDown');
      assert.equal(await grid().getAttribute('aria-activedescendant'), 'row-2');
      await page.keyboard.press('k');
      assert.equal(await grid().getAttribute('aria-activedescendant'), 'row-1');
      await page.keyboard.press('Enter');
      const id = await idAt(2);
      await until('the body', async () => (await marks('body')).some((detail) => detail.id === id));
      await page.keyboard.press('Escape');
      await page.locator('.reading').waitFor({ state: 'hidden' });
    });

    test('a delivered mail appears by itself, and opens with its text', async () => {
      const id = await sandbox.deliver({ subject: 'Told of', text: 'Words of the mail.' });
      await rowOf(id).waitFor();
      assert.equal(await idAt(1), id);
      await until('the marks', async () => (await marks('row')).some((detail) => detail.id === id) && (await marks('frame')).length > 0);
      assert.match(await read(id), /Words of the mail\./);
      await until('it is read at the server', async () => (await sandbox.find('Told of')).is_read);
    });

    test('a hostile mail runs nothing and asks for nothing', async () => {
      const id = await sandbox.deliver({ subject: 'Hostile', html: HOSTILE });
      await rowOf(id).waitFor();
      assert.match(await read(id), /Innocent words/);
      const title = await page.title();
      await stays('the quiet', async () => await page.title() === title && !requests.some((url) => url.includes('tracker.example')), { during: 1_000 });
      const left = await bodyOf(id).evaluate((body) => [...body.querySelectorAll('script, iframe, [onerror], [onload], [href^="javascript"]')].length);
      assert.equal(left, 0);
    });

    test('marking read and archiving reach the server', async () => {
      const id = await sandbox.deliver({ subject: 'To put away' });
      await rowOf(id).waitFor();
      await page.keyboard.press('Escape');
      await page.locator('.reading').waitFor({ state: 'hidden' });
      await until('it is current', async () => {
        await page.keyboard.press('k');
        return await grid().getAttribute('aria-activedescendant') === 'row-0';
      });
      const before = await inbox();
      await page.keyboard.press('u');
      assert.equal(await rowOf(id).getAttribute('data-unread'), null);
      await until('it is read there', async () => (await sandbox.find('To put away')).is_read);
      await page.keyboard.press('u');
      await until('it is unread there', async () => !(await sandbox.find('To put away')).is_read);
      await page.keyboard.press('e');
      await rowOf(id).waitFor({ state: 'detached' });
      await until('it is archived there', async () => (await sandbox.find('To put away')).folder === 'Archive');
      await until('the count', async () => Number(await grid().getAttribute('aria-rowcount')) === before.length - 1);
    });

    test('search finds a subject, also one that has just arrived', async () => {
      const id = await sandbox.deliver({ subject: 'Quixotic zeppelins' });
      await rowOf(id).waitFor();
      await page.getByRole('searchbox').fill('zepp');
      await until('the only row', async () => await grid().getAttribute('aria-rowcount') === '1' && await idAt(1) === id);
      await until('the mark', async () => (await marks('results')).some((detail) => detail.query === 'zepp' && detail.count === 1));
      await page.getByRole('searchbox').fill('');
      await until('the folder again', async () => Number(await grid().getAttribute('aria-rowcount')) > 20);
    });

    test('a written mail is sent, once', async () => {
      await page.getByRole('button', { name: 'New message', exact: true }).click();
      const composer = page.getByRole('dialog', { name: 'New message' });
      await composer.getByLabel('To', { exact: true }).fill(GRACE);
      await composer.getByLabel('Subject', { exact: true }).fill('From the peer');
      await composer.locator('[contenteditable]').fill('Written here.');
      await composer.getByRole('button', { name: 'Send', exact: true }).click();
      await composer.waitFor({ state: 'detached' });
      await until('it is delivered', async () => Boolean(await sandbox.find('From the peer', GRACE)));
      assert.equal((await sandbox.delivered()).filter(({ to }) => to === GRACE).length, 1);
    });

    test('without a network it starts after a restart of the browser: list, opened body, search; acts wait', async () => {
      const id = (await sandbox.find('Told of')).id;
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      await context.close();
      await launch();
      await context.setOffline(true);
      await page.goto(peer.url);
      await rowOf(id).waitFor();
      assert.match(await read(id), /Words of the mail\./);
      await isLive('offline');
      await page.getByRole('searchbox').fill('quixotic');
      await until('the row', async () => await grid().getAttribute('aria-rowcount') === '1');
      await page.getByRole('searchbox').fill('');
      await rowOf(id).click();
      await page.getByRole('button', { name: 'Archive', exact: true }).click();
      await rowOf(id).waitFor({ state: 'detached' });
      assert.equal((await sandbox.find('Told of')).folder, 'Inbox');
      await context.setOffline(false);
      await until('it is archived there', async () => (await sandbox.find('Told of')).folder === 'Archive');
      await isLive();
    });

    test('nothing failed unseen', () => assert.deepEqual(errors, []));
  });
}
