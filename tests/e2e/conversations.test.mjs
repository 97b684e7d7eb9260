// Conversation mode: the list shows one row for each conversation, acts mean all of it, and opening one shows all its messages.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import {
  ADA, PHONE, Sandbox, act, bodyIsThere, bodyOf, button, idsShown, isLive, networkIsBack, nothingWaits, open, openBrowser, reveal, rowAt, rowOf,
  rows, shellIsKept, signIn, stays, subjectShown, until,
} from './support.mjs';

let sandbox;
let browser;
let page;
before(async () => {
  sandbox = await Sandbox.start({ messages: 300, seed: 21 });
  browser = await openBrowser();
  page = browser.page;
  await signIn(page, sandbox);
  await isLive(page, 'live');
  await until('the mailbox to be whole', () => page.evaluate(() => performance.getEntriesByName('petrel:synced').length > 0), { timeout: 60_000 });
});
// Errors to Chromium and to nobody else: requests without a network, and the styles of a mail that is read for quoting, which the page's policy refuses.
const HARMLESS = /Failed to load resource|WebSocket connection|Applying inline style/;
afterEach(() => assert.deepEqual(browser.errors.splice(0).filter((error) => !HARMLESS.test(error)), []));
after(async () => {
  await browser?.close();
  await sandbox?.kill();
});

const grid = () => page.getByRole('grid', { name: 'Messages' });
const group = () => button(page, 'Group by conversation');
const count = async () => Number(await grid().getAttribute('aria-rowcount'));
const folds = () => page.locator('.sheet .fold');

async function messagesIn(folder) {
  const fields = 'id,receivedDateTime,conversationId,isRead,flag,hasAttachments,subject';
  const { value } = await sandbox.asOtherClient('GET', `/me/mailFolders/${folder}/messages?$select=${fields}&$top=1000`);
  return value;
}

/** The conversations of a folder as they must be shown, by what the server has. */
async function conversations(folder = 'inbox') {
  const at = ({ receivedDateTime }) => Date.parse(receivedDateTime);
  const all = new Map();
  for (const message of await messagesIn(folder)) all.set(message.conversationId, [...all.get(message.conversationId) ?? [], message]);
  return [...all.entries()].map(([id, messages]) => {
    const sorted = messages.sort((a, b) => at(b) - at(a) || (a.id < b.id ? -1 : 1));
    return { id, latest: sorted[0].id, at: at(sorted[0]), count: messages.length, unread: messages.some(({ isRead }) => !isRead), members: sorted.map((each) => each.id) };
  }).sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
}

/** The rows that are drawn, by place. */
const drawn = () => rows(page).evaluateAll((all) => all.map((row) => ({
  place: Number(row.getAttribute('aria-rowindex')) - 1, latest: row.dataset.messageId, count: Number(row.querySelector('.many').textContent || 1),
  unread: row.dataset.unread !== undefined,
})).sort((a, b) => a.place - b.place));

async function showsTheConversations() {
  await until('the conversations of the server', async () => {
    const expected = await conversations();
    assert.equal(await count(), expected.length);
    const seen = await drawn();
    assert.ok(seen.length > 5);
    for (const { place, ...row } of seen) assert.deepEqual(row, { latest: expected[place].latest, count: expected[place].count, unread: expected[place].unread });
    return true;
  });
  return conversations();
}

/** Mails are received to the second: what is to be newer comes when the next one has begun. */
const aSecondLater = () => until('the next second', async () => {
  const newest = Math.max(...(await messagesIn('inbox')).map(({ receivedDateTime }) => Date.parse(receivedDateTime)));
  return Date.now() > newest + 1_000;
});

/** A conversation of so many mails, the newest last; their ids. */
async function talk(subject, people, more = {}) {
  const ids = [];
  const names = people.map((_, at) => `<${subject.replaceAll(' ', '-')}-${at}@harbor.example>`);
  for (const [at, from] of people.entries()) {
    const headers = { 'Message-ID': names[at], ...(at > 0 ? { 'In-Reply-To': names[at - 1], References: names.slice(0, at).join(' ') } : {}) };
    await aSecondLater();
    ids.push(await sandbox.deliver({ subject: at > 0 ? `Re: ${subject}` : subject, from, text: `${subject}: part ${at + 1}.`, headers, ...more }));
  }
  return ids;
}
const MIRA = 'Mira Okafor <mira@harbor.example>';
const TOMAS = 'Tomas Lind <tomas@harbor.example>';

test('nothing is grouped unless the person asks, and then each row is a conversation of the server', async () => {
  assert.equal(await group().getAttribute('aria-pressed'), 'false');
  assert.equal(await count(), (await messagesIn('inbox')).length);
  await group().click();
  await until('the choice to be shown', async () => await group().getAttribute('aria-pressed') === 'true');
  const all = await showsTheConversations();
  assert.ok(all.some((each) => each.count > 1), 'the mailbox has conversations');
  assert.ok(all.length < (await messagesIn('inbox')).length);
});

test('any place of the list shows what belongs there', async () => {
  const all = await conversations();
  for (const place of [Math.floor(all.length / 2), all.length - 8, 0]) {
    await grid().evaluate((list, top) => { list.scrollTop = top; }, place * 68);
    await until(`row ${place}`, async () => (await drawn()).some((row) => row.place === Math.min(place, all.length - 1)));
    await showsTheConversations();
  }
});

test('a mail joins its conversation and moves it to the top, with all who wrote named', async () => {
  const [first] = await talk('Harbour lights', [MIRA]);
  await rowOf(page, first).waitFor();
  await talk('Something in between', [TOMAS]);
  await aSecondLater();
  const reply = await sandbox.deliver({
    subject: 'Re: Harbour lights', from: TOMAS, text: 'They are green.',
    headers: { 'In-Reply-To': '<Harbour-lights-0@harbor.example>', References: '<Harbour-lights-0@harbor.example>' },
  });
  await until('the reply on top', async () => await rowAt(page, 1).getAttribute('data-message-id') === reply);
  assert.equal(await rowOf(page, first).count(), 0);
  const row = rowAt(page, 1);
  assert.equal(await row.locator('.many').innerText(), '2');
  assert.equal(await row.locator('.from').innerText(), 'Mira, Tomas');
  assert.match(await row.getAttribute('aria-label'), /^Unread, Mira, Tomas, Re: Harbour lights, .*2 messages/);
  await showsTheConversations();
});

test('the keyboard stays on a conversation that gets mail', async () => {
  await talk('Stay with me', [MIRA]);
  await talk('Above it', [TOMAS]);
  const current = () => page.locator('[role=row][aria-selected=true] .subject').innerText();
  await until('both', async () => (await rowAt(page, 2).locator('.subject').innerText()) === 'Stay with me');
  await rowAt(page, 2).click();
  await until('it to be current', async () => await current() === 'Stay with me');
  await aSecondLater();
  await sandbox.deliver({ subject: 'Re: Stay with me', from: TOMAS, headers: { 'In-Reply-To': '<Stay-with-me-0@harbor.example>', References: '<Stay-with-me-0@harbor.example>' } });
  await until('the current row on top', async () => await rowAt(page, 1).getAttribute('aria-selected') === 'true');
  assert.equal(await current(), 'Re: Stay with me');
  assert.equal(await subjectShown(page), 'Stay with me', 'what is open stays open');
  await until('the new mail folded below', async () => await page.locator('.stack[data-newer] .fold').count() === 1);
});

test('opening shows all messages, those that are worth reading unfolded, and marks these read', async () => {
  const ids = await talk('Rope and sails', [MIRA, TOMAS, MIRA]);
  await sandbox.asOtherClient('PATCH', `/me/messages/${encodeURIComponent(ids[0])}`, { isRead: true });
  await until('the first one read', async () => (await messagesIn('inbox')).some(({ id, isRead }) => id === ids[0] && isRead));
  await until('three together', async () => await rowOf(page, ids[2]).count() === 1 && await rowOf(page, ids[2]).locator('.many').innerText() === '3');
  await open(page, rowOf(page, ids[2]));
  await bodyIsThere(page, ids[1]);
  assert.equal(await folds().count(), 2);
  assert.deepEqual(await folds().evaluateAll((all) => all.map((fold) => fold.getAttribute('aria-expanded'))), ['false', 'true']);
  for (const [at, id] of ids.entries()) {
    if (at === 0) continue;
    const body = await bodyOf(page, id);
    assert.match(body.text, new RegExp(`part ${at + 1}`));
    assert.doesNotMatch(body.sandbox, /allow-scripts/);
  }
  assert.equal(await bodyOf(page, ids[0]), null, 'what was read is folded');
  await folds().first().focus();
  await page.keyboard.press('Enter');
  await bodyIsThere(page, ids[0]);
  assert.match((await bodyOf(page, ids[0])).text, /part 1/);
  await page.keyboard.press('Enter');
  await until('it to be folded again', async () => await bodyOf(page, ids[0]) === null);
  await until('all read on the server', async () => (await messagesIn('inbox')).filter(({ id }) => ids.includes(id)).every(({ isRead }) => isRead));
  await until('the row to be read', async () => await rowOf(page, ids[2]).getAttribute('data-unread') === null);
});

test('a reply answers the newest message and stands in the conversation once it is sent', async () => {
  const ids = await talk('Who answers', [MIRA, TOMAS]);
  await until('both together', async () => await rowOf(page, ids[1]).count() === 1 && await rowOf(page, ids[1]).locator('.many').innerText() === '2');
  await open(page, rowOf(page, ids[1]));
  await grid().focus();
  await page.keyboard.press('r');
  const composer = page.locator('dialog[open], [role=dialog]').last();
  await until('the recipient', async () => /tomas@harbor/.test(await composer.getByLabel('To', { exact: true }).inputValue()));
  await composer.locator('[contenteditable]').fill('I do.');
  await composer.getByRole('button', { name: 'Send', exact: true }).click();
  await nothingWaits(page);
  await until('the answer below', async () => await page.locator('.stack[data-newer] .fold').count() === 1);
  assert.equal(await rowOf(page, ids[1]).locator('.many').innerText(), '2', 'the row counts the messages of its folder');
  const fold = page.locator('.stack[data-newer] .fold');
  await fold.click();
  await until('its text', async () => {
    const frames = await page.locator('.stack[data-newer] iframe').evaluateAll((all) => all.map((frame) => frame.contentDocument?.body?.innerText ?? ''));
    return frames.some((text) => /I do\./.test(text));
  });
});

const where = async (ids) => {
  const folders = await sandbox.folders();
  return ids.map((id) => folders.find(({ messages }) => messages.some((message) => message.id === id))?.display_name);
};

test('archiving takes the whole conversation in the folder, and one undo brings all of it back', async () => {
  const ids = await talk('Out with it', [MIRA, TOMAS, MIRA]);
  await until('three together', async () => await rowOf(page, ids[2]).count() === 1 && await rowOf(page, ids[2]).locator('.many').innerText() === '3');
  await open(page, rowOf(page, ids[2]));
  await act(page, 'Archive');
  await rowOf(page, ids[2]).waitFor({ state: 'detached', timeout: 1_000 });
  for (const id of ids) assert.equal(await rowOf(page, id).count(), 0);
  await nothingWaits(page);
  await until('all of it in the archive', async () => (await where(ids)).every((name) => name === 'Archive'));
  await button(page, 'Undo').click();
  await rowOf(page, ids[2]).waitFor();
  assert.equal(await rowOf(page, ids[2]).locator('.many').innerText(), '3');
  await nothingWaits(page);
  await until('all of it back', async () => (await where(ids)).every((name) => name === 'Inbox'));
  await showsTheConversations();
});

test('keys in quick succession put one conversation away each', async () => {
  const talks = [];
  for (const at of [0, 1, 2, 3]) talks.push(await talk(`Quick ${at}`, [MIRA, TOMAS]));
  const newest = talks.map(([, id]) => id);
  for (const id of newest) await until('two together', async () => await rowOf(page, id).count() === 1 && await rowOf(page, id).locator('.many').innerText() === '2');
  await rowOf(page, newest[3]).click();
  await grid().focus();
  for (let times = 0; times < 3; times += 1) await page.keyboard.press('e');
  await until('three away', async () => (await where(talks.slice(1).flat())).every((name) => name === 'Archive'));
  assert.deepEqual(await where(talks[0]), ['Inbox', 'Inbox']);
  await nothingWaits(page);
  await showsTheConversations();
});

test('flag and unread mean the conversation', async () => {
  const ids = await talk('Marked', [MIRA, TOMAS]);
  await until('both together', async () => await rowOf(page, ids[1]).count() === 1 && await rowOf(page, ids[1]).locator('.many').innerText() === '2');
  await open(page, rowOf(page, ids[1]));
  await until('both read', async () => (await messagesIn('inbox')).filter(({ id }) => ids.includes(id)).every(({ isRead }) => isRead));
  await act(page, 'Flag');
  await until('the flag in the list', async () => await rowOf(page, ids[1]).getAttribute('data-flagged') !== null, { timeout: 1_000 });
  await grid().focus();
  await page.keyboard.press('u');
  await until('unread in the list', async () => await rowOf(page, ids[1]).getAttribute('data-unread') !== null, { timeout: 1_000 });
  const unread = async () => (await messagesIn('inbox')).filter(({ id, isRead }) => ids.includes(id) && !isRead).map(({ id }) => id);
  await until('the newest unread on the server', async () => JSON.stringify(await unread()) === JSON.stringify([ids[1]]));
  await nothingWaits(page);
});

test('the choice survives a reload, also without a network, where all of it can be read and put away', async () => {
  const ids = await talk('Far from land', [MIRA, TOMAS]);
  await until('both together', async () => await rowOf(page, ids[1]).count() === 1 && await rowOf(page, ids[1]).locator('.many').innerText() === '2');
  await open(page, rowOf(page, ids[1]));
  await bodyIsThere(page, ids[0]);
  await nothingWaits(page);
  await button(page, 'Undo').count();
  await shellIsKept(page);
  await sandbox.unreachable();
  await page.reload();
  await rows(page).first().waitFor();
  await isLive(page, 'offline', { timeout: 30_000 });
  assert.equal(await group().getAttribute('aria-pressed'), 'true');
  await until('the row', async () => await rowOf(page, ids[1]).locator('.many').innerText() === '2');
  await bodyIsThere(page, ids[1]);
  await until('the other one beside it', async () => await folds().count() === 1);
  await grid().focus();
  await page.keyboard.press('e');
  await rowOf(page, ids[1]).waitFor({ state: 'detached', timeout: 2_000 });
  await sandbox.reachable();
  await networkIsBack(page);
  await nothingWaits(page);
  await until('all of it in the archive', async () => (await where(ids)).every((name) => name === 'Archive'));
  await isLive(page, 'live', { timeout: 30_000 });
  await showsTheConversations();
});

test('the key gives the messages back, and the row the keyboard was on stays current', async () => {
  const all = await conversations();
  const place = all.findIndex((each) => each.count > 1);
  await reveal(page, all[place].latest);
  await rowOf(page, all[place].latest).click();
  await grid().focus();
  await page.keyboard.press('v');
  await until('messages', async () => await count() === (await messagesIn('inbox')).length);
  assert.equal(await group().getAttribute('aria-pressed'), 'false');
  await until('the same message', async () => await rowOf(page, all[place].latest).getAttribute('aria-selected') === 'true');
  assert.equal(await page.locator('.stack:not([hidden])').count(), 0);
  await page.reload();
  await rows(page).first().waitFor();
  await stays('one row for each message', async () => await group().getAttribute('aria-pressed') === 'false');
  const newest = (await idsShown(page, 3)).join();
  const expected = (await messagesIn('inbox')).sort((a, b) => Date.parse(b.receivedDateTime) - Date.parse(a.receivedDateTime) || (a.id < b.id ? -1 : 1));
  assert.equal(newest, expected.slice(0, 3).map(({ id }) => id).join());
});

test('on a phone a conversation takes the list’s place, and Back brings it back', async () => {
  await page.setViewportSize(PHONE);
  await page.goto(`${sandbox.app}/`);
  await rows(page).first().waitFor();
  await group().click();
  const [, newest] = await talk('In your hand', [MIRA, ADA.replace(/^/, 'Ada <').concat('>')]);
  await until('both together', async () => await rowOf(page, newest).count() === 1 && await rowOf(page, newest).locator('.many').innerText() === '2');
  assert.equal(await rowOf(page, newest).locator('.from').innerText(), 'Mira, me');
  await open(page, rowOf(page, newest));
  await until('the other message', async () => await folds().count() === 1);
  await button(page, 'Back to list').click();
  await rowOf(page, newest).waitFor();
  await group().click();
  await until('messages again', async () => await group().getAttribute('aria-pressed') === 'false');
});
