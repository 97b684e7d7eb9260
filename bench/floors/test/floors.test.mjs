// Every floor page does what it says: a limit that shows the wrong rows, or fewer than all, would be no limit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inListOrder, seed, service, start } from '../../contenders/floors.mjs';
import { SEGMENT, Segment, pack, rowOf } from '../rows.mjs';
import { openBrowser } from '../../../tests/e2e/support/browser.mjs';
import { idsShown, signIn } from '../../../tests/e2e/support/mailbox.mjs';
import { ADA, Sandbox, until } from '../../../tests/e2e/support/sandbox.mjs';

const MESSAGES = 900;

let floors;
let browser;
let page;
before(async () => {
  floors = await start({ messages: MESSAGES, seed: 7 });
  browser = await openBrowser();
  page = browser.page;
});
after(async () => {
  await browser?.close();
  await floors?.stop();
});

const marks = (name) => page.evaluate((wanted) => performance.getEntriesByName(wanted).map(({ detail }) => detail), name);
const marked = (name) => until(name, async () => (await marks(name)).length > 0);
const grid = () => page.getByRole('grid', { name: 'Messages' });
/** The inbox in the order of Petrel's list: newest first, then by id. */
const inbox = async () => (await floors.sandbox.asOtherClient('GET', '/me/mailFolders/inbox/messages?$select=id,subject,receivedDateTime&$top=1000&$orderby=receivedDateTime%20desc')).value.sort(inListOrder);
const rowAt = (place) => page.locator(`[data-message-id][aria-rowindex="${place}"]`);
const current = () => page.evaluate(() => document.querySelector('[role=grid]').getAttribute('aria-activedescendant'));

/** Goes to places of the list, and finds the right rows there. */
async function walks(wanted, places) {
  for (const place of places) {
    await grid().evaluate((list, share) => { list.scrollTop = list.scrollHeight * share; }, place);
    // The rows follow the scroll in its frame.
    await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => setTimeout(done, 0)); }));
    await until('rows and no ghosts', () => page.evaluate(() => document.querySelector('[data-ghost]:not([hidden])') === null));
    const shown = await page.locator('[data-message-id]').evaluateAll((rows) => rows.map((row) => [Number(row.getAttribute('aria-rowindex')), row.dataset.messageId]));
    assert.ok(shown.length > 10);
    for (const [index, id] of shown) assert.equal(id, wanted[index - 1].id, `row ${index}`);
  }
}

test('packed rows come back as they were, in segments that are small enough', () => {
  const message = (at) => ({
    id: `id-${at}`, parentFolderId: 'inbox', conversationId: `c-${at}`, subject: `Größe ${at} 📎`, bodyPreview: 'x'.repeat(at % 255),
    from: { emailAddress: { name: 'Zoë', address: 'zoe@harbor.example' } },
    toRecipients: [{ emailAddress: { name: 'Ada', address: ADA } }], ccRecipients: [], replyTo: [],
    receivedDateTime: new Date(1_700_000_000_000 - at * 1_000).toISOString(),
    isRead: at % 2 === 0, flag: { flagStatus: 'flagged' }, hasAttachments: at % 3 === 0, importance: 'high', isDraft: false,
  });
  const rows = Array.from({ length: 2_000 }, (_, at) => rowOf(message(at)));
  // One that no segment of the usual size could hold.
  rows.splice(700, 0, rowOf({ ...message(1), toRecipients: Array.from({ length: 3_000 }, (_, at) => ({ emailAddress: { name: `Person ${at}`, address: `p${at}@harbor.example` } })) }));
  const segments = pack(rows);
  assert.equal(segments.filter(({ length }) => length > SEGMENT).length, 1);
  assert.ok(segments.length < 40, `${segments.length} segments`);
  const back = segments.flatMap((bytes) => {
    const segment = new Segment(bytes);
    return Array.from({ length: segment.count }, (_, at) => segment.row(at));
  });
  assert.deepEqual(back, rows);
});

test('the blank and the static page mark their first paint, and the static one shows thirty rows', async () => {
  await page.goto(`${floors.url}/blank.html`);
  await marked('floor:first-list');
  await page.goto(`${floors.url}/static.html`);
  await marked('floor:first-list');
  const tops = await page.locator('[data-message-id]').evaluateAll((rows) => rows.map((row) => Math.round(row.getBoundingClientRect().top)));
  assert.equal(tops.length, 30);
  assert.deepEqual(tops.map((top) => top - tops[0]), Array.from({ length: 30 }, (_, at) => at * 68));
});

test('the vanilla list shows the inbox in order after a start from what is stored', async () => {
  const wanted = await inbox();
  assert.equal(await seed(page, floors), wanted.length);
  await marked('floor:first-list');
  await marked('floor:interactive');
  assert.equal(await grid().getAttribute('aria-rowcount'), String(wanted.length));
  assert.deepEqual(await idsShown(page, 20), wanted.slice(0, 20).map(({ id }) => id));
  assert.match(await rowAt(1).textContent(), new RegExp(wanted[0].subject.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  const folders = await page.locator('[data-folder-id]').allTextContents();
  assert.equal(folders[0], 'Inbox');
  assert.ok(folders.length > 10, folders.join());
});

test('a start needs neither the server nor the network', async () => {
  await browser.context.setOffline(true);
  try {
    await page.reload();
    await marked('floor:first-list');
    await rowAt(1).waitFor();
  } finally {
    await browser.context.setOffline(false);
  }
});

test('keys move the current row, and the list follows it', async () => {
  await page.reload();
  await marked('floor:interactive');
  assert.equal(await current(), 'row-0');
  for (let times = 0; times < 15; times += 1) await page.keyboard.press('j');
  await page.keyboard.press('ArrowUp');
  assert.equal(await current(), 'row-14');
  assert.equal(await rowAt(15).getAttribute('aria-selected'), 'true');
  assert.ok(await grid().evaluate((list) => list.scrollTop > 0));
  await page.keyboard.press('k');
  assert.equal(await rowAt(15).getAttribute('aria-selected'), 'false');
});

test('scrolling to the end shows the last message, and every row on the way is the right one', async () => {
  const wanted = await inbox();
  await page.reload();
  await marked('floor:first-list');
  await walks(wanted, [0.3, 0.7, 1]);
  const last = rowAt(wanted.length);
  await last.waitFor();
  const [row, list] = [await last.boundingBox(), await grid().boundingBox()];
  assert.ok(Math.abs(row.y + row.height - list.y - list.height) <= 1);
});

test('a delivered mail is painted on top, marked, and there after a new start', async () => {
  await page.goto(`${floors.url}/vanilla.html?fetch=1`);
  await marked('floor:first-list');
  await page.evaluate((graph) => window.listen(graph), await service(floors));
  assert.equal(await page.locator('[data-live]').getAttribute('data-live'), 'live');
  const before = Number(await grid().getAttribute('aria-rowcount'));
  const first = await floors.sandbox.deliver({ subject: 'Just in' });
  await until('its mark', async () => (await marks('floor:row')).some(({ id }) => id === first));
  assert.ok((await marks('floor:frame')).length > 0);
  // Mail of the same second would be ordered by id.
  await page.waitForTimeout(1_100);
  const second = await floors.sandbox.deliver({ subject: 'And another' });
  await until('its mark', async () => (await marks('floor:row')).some(({ id }) => id === second));
  assert.deepEqual(await idsShown(page, 2), [second, first]);
  assert.match(await rowAt(1).textContent(), /And another/);
  assert.equal(await current(), 'row-2');
  await until('both after a new start', async () => {
    await page.reload();
    await marked('floor:first-list');
    return await grid().getAttribute('aria-rowcount') === String(before + 2);
  });
  assert.deepEqual(await idsShown(page, 20), (await inbox()).slice(0, 20).map(({ id }) => id));
});

test('much new mail fills segments of its own, and every row keeps its place', async () => {
  await page.goto(`${floors.url}/vanilla.html?fetch=1`);
  await marked('floor:first-list');
  await page.evaluate((graph) => window.listen(graph), await service(floors));
  const before = Number(await grid().getAttribute('aria-rowcount'));
  for (let times = 1; times <= 4; times += 1) {
    await floors.sandbox.control('POST', 'generate', { to: ADA, count: 50, seed: times });
    await until('the rows', async () => await grid().getAttribute('aria-rowcount') === String(before + 50 * times));
  }
  const wanted = await inbox();
  const places = Array.from({ length: 20 }, (_, at) => at / 20);
  await walks(wanted, places);
  await until('all of it after a new start', async () => {
    await page.reload();
    await marked('floor:first-list');
    return await grid().getAttribute('aria-rowcount') === String(wanted.length);
  });
  await walks(wanted, places);
});

test('without fetching, the notification alone makes the row', async () => {
  await page.goto(`${floors.url}/vanilla.html`);
  await marked('floor:first-list');
  await page.evaluate((graph) => window.listen(graph), await service(floors));
  await floors.sandbox.clearLog();
  const id = await floors.sandbox.deliver({ subject: 'Only told of' });
  await until('its mark', async () => (await marks('floor:row')).some((detail) => detail.id === id));
  assert.equal((await idsShown(page, 1))[0], id);
  assert.deepEqual((await floors.sandbox.log()).filter(({ host, path }) => host === 'graph' && path.startsWith('/v1.0')), []);
});

test('the drain counts every notification of a burst', async () => {
  await page.goto(`${floors.url}/drain.html`);
  await page.evaluate((graph) => window.listen(graph), await service(floors));
  const drained = page.evaluate(() => window.expect(1_000));
  await floors.sandbox.control('POST', 'generate', { to: ADA, count: 1_000, seed: 3 });
  const { count } = await drained;
  assert.equal(count, 1_000);
  await marked('floor:drained');
  await page.waitForTimeout(500);
  assert.equal(await page.evaluate(() => window.counted()), 1_000);
});

test('the body shows text, runs nothing and asks for nothing', async () => {
  await page.goto(`${floors.url}/body.html`);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await floors.sandbox.clearLog();
  const dot = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
  const hostile = `<style>p { background: url(${floors.url}/style.gif) }</style><p style="color: red" onclick="top.ran = 1">Good <b>morning</b></p>
    <script>top.ran = 2</script><img src="${floors.url}/pixel.gif" srcset="${floors.url}/wide.gif 2x" onerror="top.ran = 3"><svg onload="top.ran = 4"></svg>
    <iframe src="${floors.url}/blank.html"></iframe><a href="javascript:top.ran = 5">link</a><form action="${floors.url}/form"><input autofocus onfocus="top.ran = 6"></form>`;
  for (const html of [hostile, `${hostile}<img src="${dot}">`]) {
    const { ms, parsed, text, elements } = await page.evaluate((markup) => window.show(markup), html);
    assert.ok(ms > parsed && parsed > 0 && elements > 4);
    assert.match(text, /Good morning/);
    const frame = page.frame({ url: /mail-frame/ });
    assert.equal(await frame.locator('script, iframe, svg, input, [onclick], [onerror], [srcset]').count(), 0);
    assert.equal(await frame.locator('p[style]').count(), 1);
    assert.equal(await frame.locator('a[href^="javascript"]').count(), 0);
    await page.waitForTimeout(300);
  }
  assert.equal(await page.frame({ url: /mail-frame/ }).locator(`img[src="${dot}"]`).count(), 1);
  assert.equal(await page.evaluate(() => window.ran), undefined);
  assert.deepEqual((await floors.sandbox.log()).filter(({ path }) => /gif|form$/.test(path)), []);
  await marked('floor:body');
});

test('the first sync stores every message of every folder', async () => {
  await page.goto(`${floors.url}/first-sync.html`);
  const { rows, ms } = await page.evaluate((graph) => window.sync(graph), await service(floors));
  const folders = await floors.sandbox.folders();
  assert.equal(rows, folders.reduce((sum, { messages }) => sum + messages.length, 0));
  assert.ok(ms > 0);
  const stored = await page.evaluate(() => window.stored());
  for (const { id, display_name, messages } of folders) assert.equal(stored[id] ?? 0, messages.length, display_name);
  assert.deepEqual(await marks('floor:synced'), [{ rows }]);
});

test('a row and the shell around it are made of as many elements as Petrel’s', async () => {
  const petrel = await Sandbox.start({ messages: MESSAGES, seed: 7 });
  const other = await openBrowser();
  try {
    await signIn(other.page, petrel);
    const count = (where) => where.evaluate(() => {
      const all = [...document.querySelectorAll('.row')];
      return {
        rows: all.length,
        row: [...new Set(all.map((row) => row.querySelectorAll('*').length + 1))],
        names: [...all[0].querySelectorAll('*')].map((element) => `${element.localName}.${element.className.baseVal ?? element.className}`),
        // A list may hold rows back that nobody sees.
        height: all.find((row) => row.checkVisibility()).getBoundingClientRect().height,
        folders: document.querySelector('.tree').querySelectorAll('*').length,
      };
    });
    await until('all folders', () => other.page.locator('[data-folder-id]').count().then((folders) => folders > 10));
    const theirs = await count(other.page);
    await page.goto(`${floors.url}/vanilla.html`);
    await marked('floor:interactive');
    assert.deepEqual(await count(page), theirs);
    await page.goto(`${floors.url}/static.html`);
    assert.deepEqual((await count(page)).names, theirs.names);
  } finally {
    await other.close();
    await petrel.kill();
  }
});

test('no page complained', () => {
  // The frame's sandbox and its policy say what they kept from happening.
  const complaints = browser.errors.filter((text) => !/Content Security Policy|frame is sandboxed/.test(text));
  assert.deepEqual(complaints, []);
});
