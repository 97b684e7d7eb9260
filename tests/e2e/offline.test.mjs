// Without a network everything goes on; with it back, everything arrives: in order, and every mail exactly once.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import {
  ADA, GRACE, LINUS, Sandbox, act, bodyOf, bodyIsThere, button, idsShown, isLive, live, networkIsBack, newProfile, nothingWaits, open, openBrowser,
  removeProfile, rowAt, rowOf, rowWith, rows, shellIsKept, signIn, stays, until, waiting, write,
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

const rowsOfDelivery = async (to, from = ADA) => (await sandbox.delivered()).filter((row) => row.to.includes(to) && row.from.includes(from));

async function comeBack() {
  await sandbox.reachable();
  await networkIsBack(page);
  await nothingWaits(page);
}

/** Mails that are already read, so that selecting one asks the server for nothing. */
async function readMails(subjects) {
  for (const subject of subjects) {
    const id = await sandbox.deliver({ subject });
    await sandbox.asOtherClient('PATCH', `/me/messages/${encodeURIComponent(id)}`, { isRead: true });
  }
  for (const subject of subjects) {
    await until(`${subject} read in the list`, async () => await rowWith(page, subject).count() === 1 && await rowWith(page, subject).getAttribute('data-unread') === null);
  }
}

test('ten acts and two mails made offline arrive in order, each mail delivered exactly once', async () => {
  const subjects = Array.from({ length: 10 }, (_, at) => `Offline act ${at}`);
  await readMails(subjects);
  const ids = new Map(await Promise.all(subjects.map(async (subject) => [subject, (await sandbox.find(subject)).id])));
  await sandbox.unreachable();
  await isLive(page, 'offline', { timeout: 30_000 });
  // Putting a mail away opens the next older one and so marks it read: none of those is marked unread here.
  const acts = ['Archive', 'Delete', 'Flag', 'Archive', 'Delete', 'Mark unread', 'Flag', 'Archive', 'Flag', 'Mark unread'];
  for (const [at, name] of acts.entries()) {
    await rowWith(page, subjects[at]).click();
    await act(page, name);
    if (at === 4) await write(page, { to: GRACE, subject: 'Offline mail one', body: 'Written without a network.' });
  }
  await write(page, { to: LINUS, subject: 'Offline mail two', body: 'This one too.' });
  await until('all of it waiting', async () => await waiting(page) >= 12);
  for (const [at, name] of acts.entries()) {
    const shown = await rowWith(page, subjects[at]).count();
    assert.equal(shown, name === 'Archive' || name === 'Delete' ? 0 : 1, `${name} is seen at once`);
  }
  assert.equal((await sandbox.delivered()).length, 0);

  await sandbox.clearLog();
  await comeBack();

  const expected = { Archive: 'Archive', Delete: 'Deleted Items', Flag: 'Inbox', 'Mark unread': 'Inbox' };
  for (const [at, name] of acts.entries()) {
    const found = await until(`${subjects[at]} on the server`, () => sandbox.find(subjects[at]));
    assert.equal(found.folder, expected[name], `${subjects[at]}: ${name}`);
    if (name === 'Mark unread') assert.equal(found.is_read, false);
    if (name === 'Flag') assert.match(JSON.stringify(found.flag), /flagged|true/);
  }
  const writes = (await sandbox.log()).filter(({ host, method, status }) => host === 'graph' && ['PATCH', 'POST', 'DELETE'].includes(method) && status < 400);
  const firstWrite = subjects.map((subject) => writes.findIndex(({ path }) => decodeURIComponent(path).includes(ids.get(subject))));
  assert.ok(firstWrite.every((at) => at >= 0), `every act reached the server: ${firstWrite}`);
  assert.deepEqual(firstWrite, [...firstWrite].sort((a, b) => a - b), 'in the order they were made');

  await until('the first mail', () => sandbox.find('Offline mail one', GRACE));
  await until('the second mail', () => sandbox.find('Offline mail two', LINUS));
  await stays('one delivery each', async () => (await rowsOfDelivery(GRACE)).length === 1 && (await rowsOfDelivery(LINUS)).length === 1, { during: 4_000 });
  const delivered = await sandbox.delivered();
  assert.ok(delivered.findIndex(({ to }) => to.includes(GRACE)) < delivered.findIndex(({ to }) => to.includes(LINUS)), 'mails in order');
  assert.equal(new Set(delivered.map(({ internet_message_id }) => internet_message_id)).size, 2);
  await isLive(page, 'live', { timeout: 30_000 });
});

for (const [title, path, fate] of [
  ['the answer to “send” is lost', '/send$', 'after'],
  ['the answer to making the draft is lost', '/messages$', 'after'],
]) {
  test(`when ${title} the mail is still delivered exactly once`, async () => {
    const subject = `Once, though ${title}`;
    await sandbox.faults([{ host: 'graph', method: 'POST', path, times: 1, then: { drop: fate } }]);
    await write(page, { to: GRACE, subject, body: 'Only once, please.' });
    await until('it at Grace’s', () => sandbox.find(subject, GRACE), { timeout: 60_000 });
    await nothingWaits(page);
    await stays('one delivery', async () => (await sandbox.findAll(subject, GRACE)).length === 1, { during: 4_000 });
    assert.equal((await sandbox.findAll(subject)).filter(({ folder }) => folder === 'Sent Items').length, 1);
    assert.equal((await sandbox.findAll(subject)).filter(({ folder }) => folder === 'Drafts').length, 0, 'no draft is left behind');
  });
}

test('when “send” itself is lost the app looks what became of it and never sends by itself again', async () => {
  const subject = 'Perhaps sent';
  await sandbox.faults([{ host: 'graph', method: 'POST', path: '/send$', times: 1, then: { drop: 'before' } }]);
  await sandbox.clearLog();
  await write(page, { to: GRACE, subject, body: 'Was it?' });
  const tries = async () => (await sandbox.log()).filter(({ method, path }) => method === 'POST' && /\/send$/.test(path)).length;
  await until('the one try', async () => await tries() === 1);
  await stays('one try only', async () => await tries() === 1, { during: 12_000 });
  assert.equal(await waiting(page), 1, 'it is not given up either');
  assert.equal(await sandbox.find(subject, GRACE), undefined);
  // Somebody sends the draft with another client: the app finds it gone out and is done.
  const draft = await sandbox.find(subject);
  await sandbox.asOtherClient('POST', `/me/messages/${encodeURIComponent(draft.id)}/send`);
  await nothingWaits(page, { timeout: 120_000 });
  assert.equal((await sandbox.findAll(subject, GRACE)).length, 1);
});

test('mail written offline survives a closed browser and goes out on the next start', async () => {
  const profile = await newProfile();
  let own = await openBrowser({ profile });
  try {
    await signIn(own.page, sandbox, GRACE);
    await shellIsKept(own.page);
    await sandbox.unreachable();
    await write(own.page, { to: LINUS, subject: 'Slept over it', body: 'Sent tomorrow.' });
    await until('it waits', async () => await waiting(own.page) >= 1);
    await own.close();
    own = await openBrowser({ profile });
    await own.page.goto(`${sandbox.app}/`);
    await until('it still waits', async () => await waiting(own.page) >= 1);
    await sandbox.reachable();
    await networkIsBack(own.page);
    await until('it at Linus’', () => sandbox.find('Slept over it', LINUS), { timeout: 60_000 });
    await stays('one delivery', async () => (await sandbox.findAll('Slept over it', LINUS)).length === 1, { during: 3_000 });
  } finally {
    await own.close();
    await removeProfile(profile);
  }
});

test('undo offline takes the act back, whatever the server heard of it', async () => {
  await readMails(['Never mind']);
  const { id } = await sandbox.find('Never mind');
  await sandbox.unreachable();
  await rowWith(page, 'Never mind').click();
  await act(page, 'Archive');
  await rowWith(page, 'Never mind').waitFor({ state: 'detached' });
  await button(page, 'Undo').click();
  await rowOf(page, id).waitFor();
  await comeBack();
  assert.equal((await sandbox.find('Never mind')).folder, 'Inbox');
  await stays('in its place', async () => await rowOf(page, id).count() === 1 && (await sandbox.find('Never mind')).folder === 'Inbox', { during: 3_000 });
});

test('with the sandbox stopped and the browser restarted, the list and the opened bodies are there', async () => {
  const profile = await newProfile();
  const other = await Sandbox.start({ messages: 50 });
  let own = await openBrowser({ profile });
  try {
    await signIn(own.page, other);
    await shellIsKept(own.page);
    const opened = [];
    for (const at of [1, 2, 3]) {
      const id = await open(own.page, rowAt(own.page, at));
      opened.push([id, (await bodyOf(own.page, id)).text]);
    }
    const before = await idsShown(own.page, 10);
    await until('acts sent', async () => await waiting(own.page) === 0);
    await own.close();
    await other.kill();

    own = await openBrowser({ profile });
    await own.page.goto(`${other.app}/`);
    await rows(own.page).first().waitFor();
    assert.deepEqual(await idsShown(own.page, 10), before);
    await own.page.getByRole('tree', { name: 'Folders' }).getByRole('treeitem').first().waitFor();
    for (const [id, text] of opened) {
      await rowOf(own.page, id).click();
      await bodyIsThere(own.page, id);
      assert.equal((await bodyOf(own.page, id)).text, text);
    }
    assert.equal(await live(own.page), 'offline');
  } finally {
    await own.close();
    await other.kill();
    await removeProfile(profile);
  }
});
