// Attachments: saved byte for byte, with and without a network, whatever they are called; pictures of the message where it shows
// them; and nothing of any of them ever a document of ours.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import {
  ROOT, Sandbox, bodyOf, button, folder, isLive, networkIsBack, open, openBrowser, rowOf, rows, signIn, until,
} from './support.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

let sandbox;
before(async () => { sandbox = await Sandbox.start({ messages: 40 }); });
after(() => sandbox?.kill());

const region = (page) => page.getByRole('region', { name: 'Message', exact: true });
const fileButton = (page, name) => region(page).getByRole('button', { name: new RegExp(`^Download ${name} `) });
const told = (page) => region(page).getByRole('status');

/** A mail with parts: `{type, name, cid, bytes}`. */
function mail(subject, html, parts) {
  const folded = (bytes) => Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n');
  const pieces = parts.map(({ type, name, cid, bytes }) => [
    '--petrel', `Content-Type: ${type}`, 'Content-Transfer-Encoding: base64', ...(cid ? [`Content-ID: <${cid}>`] : []),
    `Content-Disposition: ${cid ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(name)}`, '', folded(bytes),
  ].join('\r\n'));
  const text = ['--petrel', 'Content-Type: text/html; charset=utf-8', '', html, ...pieces, '--petrel--', ''].join('\r\n');
  return { subject, text, headers: { 'Content-Type': 'multipart/related; boundary=petrel' } };
}

/** Presses a file's button; what the browser saved. */
async function saved(page, name, press = (target) => target.click()) {
  const [download] = await Promise.all([page.waitForEvent('download'), press(fileButton(page, name))]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** The pictures in the frame of a message: alternative text, scheme and width of each. */
const pictures = (page, id) => page.evaluate((wanted) => {
  const frame = [...document.querySelectorAll('iframe[data-body-of]')].find(({ dataset }) => dataset.bodyOf === wanted);
  return [...frame.contentDocument.images].map((image) => (
    { alt: image.alt, scheme: image.getAttribute('src')?.split(':')[0] ?? null, width: image.naturalWidth }));
}, id);

const fetched = async () => (await sandbox.log()).filter(({ method, path }) => method === 'GET' && path.endsWith('/$value')).length;

/** The attachments in the database: the bytes of each. */
const kept = (page) => page.evaluate(() => new Promise((done, fail) => {
  const request = indexedDB.open('petrel');
  request.onerror = () => fail(request.error);
  request.onsuccess = () => {
    const all = request.result.transaction('attachments').objectStore('attachments').getAll();
    all.onsuccess = () => { request.result.close(); done(all.result.map((bytes) => bytes.length)); };
  };
}));

test('a file is saved byte for byte, is announced, and is there again without a network', async () => {
  const { page, errors, close } = await openBrowser();
  try {
    const report = randomBytes(300_000);
    const id = await sandbox.deliver(mail('Report', '<p>The report.</p>', [
      { type: 'application/pdf', name: 'Quarterly report.pdf', bytes: report },
      { type: 'text/plain', name: 'later.txt', bytes: 'not yet' },
    ]));
    await signIn(page, sandbox);
    await isLive(page, 'live');
    await open(page, rowOf(page, id));
    await sandbox.clearLog();
    const first = await saved(page, 'Quarterly report.pdf');
    assert.equal(first.name, 'Quarterly report.pdf');
    assert.ok(first.bytes.equals(report), 'every byte is the sender’s');
    await told(page).getByText('Quarterly report.pdf is in your downloads.').waitFor();
    assert.equal(await fetched(), 1);
    await sandbox.unreachable();
    await isLive(page, 'offline', { timeout: 30_000 });
    await page.reload();
    await rows(page).first().waitFor();
    await open(page, rowOf(page, id));
    // By the keyboard this time.
    const again = await saved(page, 'Quarterly report.pdf', async (target) => { await target.focus(); await page.keyboard.press('Enter'); });
    assert.ok(again.bytes.equals(report));
    await fileButton(page, 'later.txt').click();
    await told(page).getByText(/later\.txt is not on this device yet\. Connect to the network/).waitFor();
    await sandbox.reachable();
    await networkIsBack(page);
    await isLive(page, 'live', { timeout: 60_000 });
    assert.equal((await saved(page, 'later.txt')).bytes.toString(), 'not yet');
    assert.equal(page.context().pages().length, 1, 'nothing was opened');
    assert.deepEqual(errors.filter((error) => !/ERR_EMPTY_RESPONSE|ERR_CONNECTION|Failed to fetch|WebSocket|Failed to load resource/.test(error)), []);
  } finally {
    await sandbox.reachable();
    await close();
  }
});

test('pictures of the message are shown where it has them, without a network too, and ask nobody else', async () => {
  const { page, origins, close } = await openBrowser();
  try {
    const id = await sandbox.deliver(mail('Pictures', `<p>See <img alt="logo" src="cid:logo@harbor"> and <img alt="again" src="CID:logo%40harbor">,
      <img alt="missing" src="cid:nothing@harbor">, <img alt="page" src="cid:page@harbor">, <img alt="drawing" src="cid:drawing@harbor">.</p>`, [
      { type: 'application/octet-stream', name: 'logo.bin', cid: 'logo@harbor', bytes: PNG },
      { type: 'image/png', name: 'page.png', cid: 'page@harbor', bytes: '<!doctype html><script>parent.owned = top.owned = true</script>' },
      { type: 'image/svg+xml', name: 'drawing.svg', cid: 'drawing@harbor', bytes: '<svg xmlns="http://www.w3.org/2000/svg" onload="parent.owned=true"><script>parent.owned=true</script></svg>' },
    ]));
    await signIn(page, sandbox);
    await isLive(page, 'live');
    await page.evaluate(() => { window.owned = false; });
    await open(page, rowOf(page, id));
    const shown = { alt: 'logo', scheme: 'blob', width: 1 };
    const blank = (alt) => ({ alt, scheme: null, width: 0 });
    const expected = [shown, { ...shown, alt: 'again' }, blank('missing'), blank('page'), blank('drawing')];
    await until('the picture', async () => (await pictures(page, id))[0].width === 1);
    await until('all three to be here', async () => (await kept(page)).length >= 3);
    await page.waitForTimeout(500);
    assert.deepEqual(await pictures(page, id), expected);
    assert.equal(await page.evaluate(() => window.owned), false);
    assert.equal(await region(page).getByRole('button', { name: /^Download/ }).count(), 0, 'what is shown is not listed again');
    assert.match((await bodyOf(page, id)).text, /See/);
    await sandbox.unreachable();
    await isLive(page, 'offline', { timeout: 30_000 });
    await page.reload();
    await rows(page).first().waitFor();
    await open(page, rowOf(page, id));
    await until('the picture without a network', async () => (await pictures(page, id))[0].width === 1);
    const allowed = new Set([...sandbox.origins, ...sandbox.origins.map((origin) => origin.replace('http:', 'ws:'))]);
    assert.deepEqual([...origins].filter((origin) => !allowed.has(origin)), []);
  } finally {
    await sandbox.reachable();
    await close();
  }
});

test('hostile names and types are shown and saved as what they are, and nothing of them opens', async () => {
  const { page, close } = await openBrowser();
  try {
    const hostile = '<!doctype html><script>opener.owned = true</script>';
    const id = await sandbox.deliver(mail('Hostile', '<p>Dear reader</p>', [
      { type: 'text/html', name: 'holiday\u202egnp.html', bytes: hostile },
      { type: 'image/svg+xml', name: '../../evil.svg', bytes: '<svg xmlns="http://www.w3.org/2000/svg" onload="top.owned=true"/>' },
      { type: 'text/html', name: '<img src=x onerror=window.owned=true>.png', bytes: hostile },
    ]));
    await signIn(page, sandbox);
    await isLive(page, 'live');
    await page.evaluate(() => { window.owned = false; });
    await open(page, rowOf(page, id));
    const names = [];
    for (const target of await region(page).getByRole('button', { name: /^Download/ }).all()) {
      const [download] = await Promise.all([page.waitForEvent('download'), target.click()]);
      assert.match(download.url(), /^blob:/);
      names.push(download.suggestedFilename());
    }
    assert.equal(names.length, 3);
    assert.equal(names[0], 'holiday_gnp.html');
    assert.ok(names.every((name) => !/[\\/<>:"|?*\u202e]/.test(name)), names.join(' '));
    assert.equal(await region(page).locator('.files img').count(), 0, 'a name is text');
    assert.doesNotMatch(await region(page).locator('.files').innerText(), /\u202e/);
    assert.equal(page.context().pages().length, 1);
    assert.equal(new URL(page.url()).origin, sandbox.app);
    assert.equal(await page.evaluate(() => window.owned), false);
  } finally {
    await close();
  }
});

test('a message in a message is saved as a mail, a link to the cloud is none, and what is gone is told', async () => {
  const { page, close } = await openBrowser();
  try {
    const draft = await sandbox.asOtherClient('POST', '/me/messages', { subject: 'Carries much', body: { contentType: 'text', content: 'See below.' } });
    const attach = (value) => sandbox.asOtherClient('POST', `/me/messages/${encodeURIComponent(draft.id)}/attachments`, value);
    await attach({ '@odata.type': '#microsoft.graph.itemAttachment', name: 'Re: Lunch', item: { '@odata.type': '#microsoft.graph.message', subject: 'Lunch', body: { contentType: 'text', content: 'At noon?' } } });
    await attach({ '@odata.type': '#microsoft.graph.referenceAttachment', name: 'Plan.xlsx' });
    await attach({ '@odata.type': '#microsoft.graph.fileAttachment', name: 'gone.txt', contentBytes: 'eA==' });
    await signIn(page, sandbox);
    await isLive(page, 'live');
    await folder(page, 'drafts').click();
    await open(page, rowOf(page, draft.id));
    const item = await saved(page, 'Re: Lunch');
    assert.equal(item.name, 'Re_ Lunch.eml');
    assert.match(item.bytes.toString(), /Subject: Lunch/);
    await region(page).getByText('Plan.xlsx').waitFor();
    await region(page).getByText(/link to the cloud/).waitFor();
    assert.equal(await fileButton(page, 'Plan.xlsx').count(), 0);
    await sandbox.faults([{ path: '\\$value$', times: 1, then: { status: 404, body: '{"error":{"code":"ErrorItemNotFound","message":"No."}}' } }]);
    await fileButton(page, 'gone.txt').click();
    await told(page).getByText('gone.txt no longer exists on the server.').waitFor();
    assert.equal((await saved(page, 'gone.txt')).bytes.toString(), 'x', 'pressed again it is tried again');
  } finally {
    await sandbox.reachable();
    await close();
  }
});

for (const colorScheme of ['light', 'dark']) {
  test(`the storage page counts attachments and frees them first, and axe finds nothing (${colorScheme})`, async () => {
    const { page, close } = await openBrowser({ colorScheme });
    try {
      const id = await sandbox.deliver(mail('Large', '<p>A large one.</p>', [{ type: 'application/zip', name: 'all.zip', bytes: randomBytes(400_000) }]));
      await signIn(page, sandbox);
      await isLive(page, 'live');
      await open(page, rowOf(page, id));
      await saved(page, 'all.zip');
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { iframes: false }));
      assert.deepEqual(violations.map(({ id: rule, nodes }) => `${rule}: ${nodes[0].target} ${nodes[0].failureSummary}`), []);
      await page.keyboard.press(',');
      const dialog = page.getByRole('dialog', { name: 'Storage' });
      const line = dialog.locator('dl > div').filter({ hasText: 'Attachments' });
      await line.getByText(/40\d kB|39\d kB|0\.4 MB/).waitFor();
      assert.deepEqual(await kept(page), [400_000]);
      await dialog.getByRole('button', { name: 'Free space' }).click();
      await dialog.getByRole('status').getByText(/freed\./).waitFor();
      assert.deepEqual(await kept(page), []);
      await page.keyboard.press('Escape');
      assert.equal((await saved(page, 'all.zip')).bytes.length, 400_000, 'it comes again');
    } finally {
      await close();
    }
  });
}

const real = resolve(process.env.PETREL_MAIL ?? resolve(ROOT, '../shared/mail'), 'thunderbird-demo/backend_demo_src_main_resources_mailbox_inbox_06-inline-image-attachment.eml');
test('a picture in a real mail is shown', { skip: existsSync(real) ? false : `no ${real}` }, async () => {
  const own = await Sandbox.start({ messages: 0, imports: [real] });
  const { page, close } = await openBrowser();
  try {
    await signIn(page, own);
    await isLive(page, 'live');
    const id = await open(page, rows(page).first());
    await until('its picture', async () => (await pictures(page, id)).some(({ scheme, width }) => scheme === 'blob' && width > 1));
  } finally {
    await close();
    await own.kill();
  }
});
