// Reading and acting with a network: what a person does reaches the server, and can be undone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  GRACE, PHONE, Sandbox, act, bodyOf, button, folder, nothingWaits, open, openBrowser, rowAt, rowOf, rowWith, rows, signIn, subjectShown, toolbar,
  unreadShown, until, write,
} from './support.mjs';

let sandbox;
let browser;
let page;
before(async () => {
  sandbox = await Sandbox.start({ messages: 80 });
  browser = await openBrowser();
  page = browser.page;
  await signIn(page, sandbox);
});
after(async () => {
  await browser?.close();
  await sandbox?.kill();
});

const at = (name, subject, predicate = () => true) =>
  until(`“${subject}” in ${name} on the server`, async () => {
    const found = await sandbox.find(subject);
    return found?.folder === name && predicate(found) ? found : assert.fail(JSON.stringify(found));
  });

async function arrived(subject, mail = {}) {
  const id = await sandbox.deliver({ subject, ...mail });
  await rowOf(page, id).waitFor();
  return rowOf(page, id);
}

test('the list says how large the folder is and draws only what can be seen', async () => {
  const inbox = (await sandbox.folders()).find(({ display_name }) => display_name === 'Inbox');
  const grid = page.getByRole('grid', { name: 'Messages' });
  await until('the whole size', async () => Number(await grid.getAttribute('aria-rowcount')) === inbox.messages.length);
  assert.ok(await rows(page).count() <= inbox.messages.length);
  const first = rowAt(page, 1);
  for (const part of ['.from', '.subject', '.time']) assert.notEqual((await first.locator(part).innerText()).trim(), '');
});

test('opening a message shows its body, marks it read on the server, and lowers the count', async () => {
  const row = await arrived('A first look', { text: 'The tide tables for March are in the drawer.' });
  await until('unread in the list', async () => await row.getAttribute('data-unread') !== null);
  const before = await unreadShown(page);
  const id = await open(page, row);
  assert.equal(await subjectShown(page), 'A first look');
  assert.match((await bodyOf(page, id)).text, /tide tables for March/);
  await at('Inbox', 'A first look', ({ is_read }) => is_read);
  await until('the count to fall', async () => await unreadShown(page) === before - 1);
  assert.equal(await row.getAttribute('data-unread'), null);
  assert.equal(await row.getAttribute('aria-selected'), 'true');
});

test('archiving moves at once, and undo brings it back from the server', async () => {
  await open(page, await arrived('Archive me'));
  await act(page, 'Archive');
  await rowWith(page, 'Archive me').waitFor({ state: 'detached', timeout: 1_000 });
  await at('Archive', 'Archive me');
  await button(page, 'Undo').click();
  await rowWith(page, 'Archive me').waitFor();
  await at('Inbox', 'Archive me');
  await nothingWaits(page);
});

test('deleting moves to Deleted Items', async () => {
  await open(page, await arrived('Delete me'));
  await act(page, 'Delete');
  await rowWith(page, 'Delete me').waitFor({ state: 'detached', timeout: 1_000 });
  await at('Deleted Items', 'Delete me');
});

test('a flag is set and cleared', async () => {
  const row = await arrived('Flag me');
  await open(page, row);
  await act(page, 'Flag');
  await until('the flag in the list', async () => await row.getAttribute('data-flagged') !== null, { timeout: 1_000 });
  await at('Inbox', 'Flag me', ({ flag }) => flagged(flag));
  await act(page, 'Clear flag');
  await at('Inbox', 'Flag me', ({ flag }) => !flagged(flag));
  assert.equal(await row.getAttribute('data-flagged'), null);
});

const subjectAt = async (place) => (await rowAt(page, place).locator('.subject').innerText()).trim();

const flagged = (flag) => (flag?.flagStatus ?? flag?.flag_status ?? flag) === 'flagged' || flag === true;

test('marking unread reaches the server and raises the count', async () => {
  const row = await arrived('Unread me');
  await open(page, row);
  await at('Inbox', 'Unread me', ({ is_read }) => is_read);
  const before = await unreadShown(page);
  await act(page, 'Mark unread');
  await at('Inbox', 'Unread me', ({ is_read }) => !is_read);
  await until('unread in the list', async () => await row.getAttribute('data-unread') !== null);
  await until('the count to rise', async () => await unreadShown(page) === before + 1);
});

test('the keyboard does all of it', async () => {
  for (const subject of ['Key three', 'Key two', 'Key one']) await arrived(subject);
  const [first, second] = [await subjectAt(1), await subjectAt(2)];
  await open(page, rowAt(page, 1));
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await until('the second', async () => await subjectShown(page) === second);
  await page.keyboard.press('Escape');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await until('the first again', async () => await subjectShown(page) === first);
  await page.keyboard.press('Escape');
  await open(page, rowWith(page, 'Key one'));
  await page.keyboard.press('s');
  await at('Inbox', 'Key one', ({ flag }) => flagged(flag));
  await page.keyboard.press('u');
  await at('Inbox', 'Key one', ({ is_read }) => !is_read);
  await page.keyboard.press('e');
  await at('Archive', 'Key one');
  await page.keyboard.press('z');
  await rowWith(page, 'Key one').waitFor({ timeout: 1_000 });
  await at('Inbox', 'Key one');
  await rowWith(page, 'Key three').click();
  await page.keyboard.press('#');
  await at('Deleted Items', 'Key three');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor({ state: 'detached' });
  await page.keyboard.press('c');
  const composer = page.getByRole('dialog', { name: 'New message' });
  await composer.waitFor();
  await composer.getByRole('button', { name: 'Discard', exact: true }).click();
  await composer.waitFor({ state: 'detached' });
});

test('keys pressed while writing stay letters', async () => {
  const composer = await write(page, { to: GRACE, subject: 'jkesu#', body: 'jk e s u # z', send: false });
  assert.match(await composer.locator('[contenteditable]').innerText(), /jk e s u # z/);
  assert.equal(await composer.getByLabel('Subject', { exact: true }).inputValue(), 'jkesu#');
  await composer.getByRole('button', { name: 'Discard', exact: true }).click();
  await composer.waitFor({ state: 'detached' });
});

test('a new message goes out once, to whom it was written', async () => {
  await write(page, { to: GRACE, cc: 'linus@petrel.test', subject: 'Boat on Sunday', body: 'Ten o’clock at the pier?\nBring a jacket.' });
  const found = await until('it in Grace’s inbox', () => sandbox.find('Boat on Sunday', GRACE), { timeout: 30_000 });
  assert.equal(found.folder, 'Inbox');
  await until('it in Linus’ inbox', () => sandbox.find('Boat on Sunday', 'linus@petrel.test'));
  await at('Sent Items', 'Boat on Sunday');
  await nothingWaits(page);
  assert.equal((await sandbox.findAll('Boat on Sunday', GRACE)).length, 1);
});

test('a reply goes to the sender, in the same conversation, with the quoted text below', async () => {
  const row = await arrived('Keys to the shed', { from: `Grace Hopper <${GRACE}>`, text: 'Who has them?' });
  await open(page, row);
  await page.keyboard.press('r');
  const composer = page.getByRole('dialog', { name: 'Reply', exact: true });
  await composer.waitFor();
  const body = composer.locator('[contenteditable]');
  await until('the quote', async () => /Who has them\?/.test(await body.innerText()));
  await body.press('ControlOrMeta+Home');
  await page.keyboard.type('I do.');
  await page.keyboard.press('Control+Enter');
  await composer.waitFor({ state: 'detached' });
  const sent = await until('the reply at Grace’s', () => sandbox.find('Re: Keys to the shed', GRACE), { timeout: 30_000 });
  const whole = await sandbox.asOtherClient('GET', `/me/messages/${encodeURIComponent(sent.id)}`, undefined, GRACE);
  assert.match(whole.body.content, /I do\./);
  assert.match(whole.body.content, /Who has them\?/);
});

test('other folders open from the tree', async () => {
  await folder(page, 'sentitems').click();
  await rowWith(page, 'Boat on Sunday').first().waitFor();
  assert.equal(await folder(page, 'sentitems').getAttribute('aria-selected'), 'true');
  await folder(page, 'inbox').click();
  await rowWith(page, 'Keys to the shed').first().waitFor();
});

test('what another client does appears here', async () => {
  const row = await arrived('Done elsewhere');
  const { id } = await sandbox.find('Done elsewhere');
  await sandbox.asOtherClient('PATCH', `/me/messages/${encodeURIComponent(id)}`, { isRead: true, flag: { flagStatus: 'flagged' } });
  await until('read and flagged here', async () => await row.getAttribute('data-unread') === null && await row.getAttribute('data-flagged') !== null);
  await sandbox.asOtherClient('POST', `/me/messages/${encodeURIComponent(id)}/move`, { destinationId: 'archive' });
  await row.waitFor({ state: 'detached' });
});

test('on a phone there is one pane at a time', async () => {
  await page.setViewportSize(PHONE);
  try {
    const row = rowWith(page, 'Keys to the shed').first();
    if (!await row.isVisible()) await button(page, 'Back to list').click();
    await open(page, row);
    assert.equal(await row.isVisible(), false, 'the list makes room');
    assert.ok(await toolbar(page).isVisible());
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.equal(wide, false, 'nothing to scroll sideways');
    await button(page, 'Back to list').click();
    await row.waitFor({ state: 'visible' });
  } finally {
    await page.setViewportSize({ width: 1440, height: 900 });
  }
});
