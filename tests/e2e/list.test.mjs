// The list of a large folder: any place is there at once, nothing moves under the eye, and no key is lost at the edge of what is held.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PHONE, Sandbox, WIDE, button, nothingWaits, openBrowser, rowAt, rowOf, signIn, stays, subjectShown, until } from './support.mjs';

let sandbox;
let browser;
let page;
/** What the inbox must show: ids, newest first, then by id. */
let expected;

before(async () => {
  sandbox = await Sandbox.start({ messages: 12_000, seed: 11 });
  browser = await openBrowser();
  page = browser.page;
  await signIn(page, sandbox);
  await until('the mailbox to be whole', () => page.evaluate(() => performance.getEntriesByName('petrel:synced').length > 0), { timeout: 120_000 });
  expected = await inbox();
  assert.ok(expected.length > 5_000, `${expected.length} messages are too few for this test`);
  await until('the whole size', async () => await count() === expected.length);
});
after(async () => {
  await browser?.close();
  await sandbox?.kill();
});

const grid = () => page.getByRole('grid', { name: 'Messages' });
const count = async () => Number(await grid().getAttribute('aria-rowcount'));
const middle = () => Math.floor(expected.length / 2);

/** The inbox as the server has it, in the order of a list. */
async function inbox() {
  const all = [];
  for (let skip = 0; ; skip += 1_000) {
    const { value } = await sandbox.asOtherClient('GET', `/me/mailFolders/inbox/messages?$select=id,receivedDateTime&$top=1000&$skip=${skip}`);
    all.push(...value);
    if (value.length < 1_000) break;
  }
  const at = ({ receivedDateTime }) => Date.parse(receivedDateTime);
  return all.sort((a, b) => at(b) - at(a) || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
}

/** The rows in view, from the top: place (from 0), id, and how far below the list's edge. */
const inView = () => grid().evaluate((list) => {
  const { top: edge, bottom: end } = list.getBoundingClientRect();
  return [...list.querySelectorAll('[role=row]:not([hidden])')]
    .map((row) => ({ box: row.getBoundingClientRect(), place: Number(row.getAttribute('aria-rowindex')) - 1, id: row.dataset.messageId ?? null, name: row.id }))
    .filter(({ box }) => box.bottom > edge + 1 && box.top < end - 1)
    .map(({ box, ...row }) => ({ ...row, top: Math.round(box.top - edge) }))
    .sort((a, b) => a.top - b.top);
});

/** Waits until what is in view is what belongs there, and nothing is left out. */
async function showsWhatBelongsThere() {
  const rows = await until('the right rows', async () => {
    const seen = await inView();
    return seen.length > 5 && seen.every(({ id, place }) => id === expected[place]) ? seen : assert.fail(JSON.stringify(seen.slice(0, 3)));
  });
  for (const [at, { place, name }] of rows.entries()) {
    assert.equal(place, rows[0].place + at, 'places follow one another');
    assert.equal(name, `row-${place}`);
  }
  return rows;
}

const scrollTo = (place) => grid().evaluate((list, top) => { list.scrollTop = top; }, place * 68);
const currentPlace = () => grid().evaluate((list) => {
  const row = document.getElementById(list.getAttribute('aria-activedescendant'));
  const selected = [...list.querySelectorAll('[aria-selected=true]')];
  return row && selected.length === 1 && selected[0] === row ? { place: Number(row.getAttribute('aria-rowindex')) - 1, id: row.dataset.messageId ?? null } : null;
});
const isCurrent = (place) => until(`row ${place} to be the current one`, async () => {
  const current = await currentPlace();
  return current?.place === place && current.id === expected[place] ? current : assert.fail(JSON.stringify(current));
});
async function fromTheTop() {
  await scrollTo(0);
  await grid().focus();
  await page.keyboard.press('Home');
  await isCurrent(0);
}

test('the scroll bar can be dragged anywhere, and the rows of that place are there in a moment', async () => {
  await showsWhatBelongsThere();
  for (const place of [middle(), expected.length - 20, 40, middle() + 700, 0]) {
    const began = Date.now();
    await scrollTo(place);
    const rows = await showsWhatBelongsThere();
    assert.ok(Math.abs(rows[0].place - place) < 30, `${rows[0].place} instead of ${place}`);
    assert.ok(Date.now() - began < 2_000, 'in a moment');
  }
});

test('scrolled through, no row is ever without its text', async () => {
  await scrollTo(0);
  await showsWhatBelongsThere();
  const ghosts = await grid().evaluate((list) => new Promise((done) => {
    let found = 0;
    let left = 400;
    const frame = () => {
      const { top, bottom } = list.getBoundingClientRect();
      for (const row of list.querySelectorAll('[data-ghost]:not([hidden])')) {
        const box = row.getBoundingClientRect();
        if (box.bottom > top && box.top < bottom) found += 1;
      }
      left -= 1;
      if (left === 0) { done(found); return; }
      list.scrollTop += left > 150 ? 240 : -240;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }));
  assert.equal(ghosts, 0);
  await showsWhatBelongsThere();
});

test('End, Home and the page keys go where they say, and what they reach is said to be where it is', async () => {
  await fromTheTop();
  await page.keyboard.press('End');
  await isCurrent(expected.length - 1);
  const rows = await showsWhatBelongsThere();
  assert.equal(rows.at(-1).place, expected.length - 1, 'the last row is in view');
  await page.keyboard.press('PageUp');
  const above = (await until('a screen up', async () => { const now = await currentPlace(); return now && now.place < expected.length - 5 && now; })).place;
  await isCurrent(above);
  await page.keyboard.press('PageDown');
  await isCurrent(expected.length - 1);
  await page.keyboard.press('Home');
  await isCurrent(0);
  assert.equal((await showsWhatBelongsThere())[0].place, 0);
});

test('keys pressed faster than rows are read are not lost', async () => {
  await fromTheTop();
  const presses = 420;
  await page.evaluate((times) => {
    const list = document.querySelector('[role=grid]');
    for (let at = 0; at < times; at += 1) list.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true, cancelable: true }));
  }, presses);
  await isCurrent(presses);
  const rows = await showsWhatBelongsThere();
  assert.ok(rows.some(({ place }) => place === presses), 'and the row is in view');
  for (let at = 0; at < 5; at += 1) await page.keyboard.press('k');
  await isCurrent(presses - 5);
});

test('the current row stays current, and in the page, wherever the list is scrolled to', async () => {
  await fromTheTop();
  for (let at = 0; at < 3; at += 1) await page.keyboard.press('j');
  await isCurrent(3);
  await scrollTo(middle());
  await showsWhatBelongsThere();
  await isCurrent(3);
  await until('the row the keys rested on to open', () => page.evaluate((id) => location.hash.includes(encodeURIComponent(id)) || location.hash.includes(id), expected[3]));
  assert.ok((await showsWhatBelongsThere())[0].place > 1_000, 'opening it leaves the list alone');
  await page.keyboard.press('j');
  await isCurrent(4);
  assert.ok((await showsWhatBelongsThere()).some(({ place }) => place === 4), 'a key brings it back into view');
});

test('mail that arrives while the middle is read leaves every row where it is', async () => {
  await scrollTo(middle());
  const before = await showsWhatBelongsThere();
  const id = await sandbox.deliver({ subject: 'While you were reading' });
  expected = [id, ...expected];
  await until('the whole size', async () => await count() === expected.length);
  const seen = await showsWhatBelongsThere();
  assert.deepEqual(seen.map(({ top, id: row }) => [row, top]), before.map(({ top, id: row }) => [row, top]));
  assert.equal(seen[0].place, before[0].place + 1);
  await page.getByRole('button', { name: /1 new/ }).click();
  await rowOf(page, id).waitFor();
  assert.equal((await showsWhatBelongsThere())[0].id, id);
});

test('what another client takes away above the view moves nothing either, and the current row is never nowhere', async () => {
  await fromTheTop();
  for (let at = 0; at < 6; at += 1) await page.keyboard.press('j');
  await isCurrent(6);
  await scrollTo(middle());
  const before = await showsWhatBelongsThere();
  const gone = [expected[2], expected[6]];
  for (const id of gone) await sandbox.asOtherClient('POST', `/me/messages/${encodeURIComponent(id)}/move`, { destinationId: 'archive' });
  expected = expected.filter((id) => !gone.includes(id));
  await until('the whole size', async () => await count() === expected.length);
  const seen = await showsWhatBelongsThere();
  assert.deepEqual(seen.map(({ top, id: row }) => [row, top]), before.map(({ top, id: row }) => [row, top]));
  await isCurrent(5);
});

test('a row archived in the middle makes room for the next one, and undo brings it back to its place', async () => {
  await scrollTo(middle());
  const before = await showsWhatBelongsThere();
  const chosen = before[4];
  await rowOf(page, chosen.id).click();
  await until('it to be open', async () => (await subjectShown(page)).length > 0);
  await grid().focus();
  const all = expected;
  expected = all.filter((id) => id !== chosen.id);
  await page.keyboard.press('e');
  await until('one row fewer', async () => await count() === expected.length, { timeout: 1_000 });
  const seen = await showsWhatBelongsThere();
  assert.deepEqual(seen.slice(0, 4).map(({ id }) => id), before.slice(0, 4).map(({ id }) => id));
  assert.equal(seen[4].id, before[5].id, 'the next one came up');
  assert.equal(seen[4].top, chosen.top);
  await isCurrent(chosen.place);
  await nothingWaits(page);
  await showsWhatBelongsThere();
  expected = all;
  await page.keyboard.press('z');
  await until('the row again', async () => await count() === expected.length, { timeout: 1_000 });
  await showsWhatBelongsThere();
  await isCurrent(chosen.place);
  await nothingWaits(page);
  await stays('the list', async () => (await inView()).every(({ id, place }) => id === expected[place]));
});

test('an open message that is scrolled out of sight can be archived, and its neighbour opens', async () => {
  await scrollTo(middle());
  const rows = await showsWhatBelongsThere();
  const place = rows[3].place;
  await rowOf(page, rows[3].id).click();
  await isCurrent(place);
  await scrollTo(0);
  await showsWhatBelongsThere();
  expected = expected.filter((id) => id !== rows[3].id);
  await page.keyboard.press('e');
  await isCurrent(place);
  await until('one row fewer', async () => await count() === expected.length);
  await showsWhatBelongsThere();
  await nothingWaits(page);
});

test('a link to a message far down opens it and brings its row into view', async () => {
  await scrollTo(middle());
  const { place, id } = (await showsWhatBelongsThere())[2];
  await rowOf(page, id).click();
  await isCurrent(place);
  await page.reload();
  await isCurrent(place);
  assert.ok((await showsWhatBelongsThere()).some((row) => row.id === id));
});

test('on a phone it is the same list', async () => {
  await page.setViewportSize(PHONE);
  try {
    const back = button(page, 'Back to list');
    if (await back.isVisible()) await back.click();
    for (const place of [middle(), expected.length, 0]) {
      await scrollTo(place);
      await showsWhatBelongsThere();
    }
    await scrollTo(middle());
    const { id, place, top } = (await showsWhatBelongsThere())[3];
    await rowOf(page, id).click();
    await until('it to be open', () => back.isVisible());
    await back.click();
    assert.deepEqual((await showsWhatBelongsThere())[3], { id, place, top, name: `row-${place}` });
    assert.equal(await rowAt(page, place + 1).getAttribute('aria-selected'), 'true');
  } finally {
    await page.setViewportSize(WIDE);
  }
});

test('none of this made an error', () => assert.deepEqual(browser.errors, []));
