// The app as a person finds it: by role, by name, and by the few marks the project promises.
import assert from 'node:assert/strict';
import { ADA, until } from './sandbox.mjs';

export const rows = (page) => page.locator('[data-message-id]');
export const rowOf = (page, id) => page.locator(`[data-message-id="${id}"]`);
/** The row at a place of the list, 1 the newest; elements are handed from row to row, so their order in the page means nothing. */
export const rowAt = (page, place) => page.locator(`[data-message-id][aria-rowindex="${place}"]`);
export const rowWith = (page, subject) => rows(page).filter({ hasText: subject });
export const folder = (page, wellKnown) => page.locator(`[data-well-known="${wellKnown}"]`);
export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const toolbar = (page) => page.getByRole('toolbar', { name: 'Message actions' });

/** How mail arrives just now, as the page says it. */
export const live = (page) => page.locator('[data-live]').first().getAttribute('data-live');
export const isLive = (page, word, options) => until(`data-live=${word}`, async () => await live(page) === word, options);

export async function signIn(page, sandbox, who = ADA) {
  await page.goto(`${sandbox.app}/`);
  await button(page, 'Sign in').click();
  await page.locator(`[data-account="${who}"]`).click();
  await page.waitForURL((url) => url.origin === sandbox.app);
  await rows(page).first().waitFor();
}

/** Waits until the browser itself could start the app without a network. */
export async function shellIsKept(page) {
  await until('the service worker to keep the shell', () => page.evaluate(async () => {
    const names = await caches.keys();
    const shell = names.find((name) => name.startsWith('petrel-shell-'));
    return Boolean((await navigator.serviceWorker.getRegistration())?.active && shell && (await (await caches.open(shell)).keys()).length > 0);
  }));
}

/** Ids of the first rows, in the order people see them. */
export const idsShown = (page, count) => rows(page).evaluateAll((all, most) => all
  .map((row) => [Number(row.getAttribute('aria-rowindex')), row.dataset.messageId])
  .sort(([a], [b]) => a - b).slice(0, most).map(([, id]) => id), count);

/** Clicks a row and waits for its body; the message's id. */
export async function open(page, row) {
  const id = await row.getAttribute('data-message-id');
  await row.click();
  await bodyIsThere(page, id);
  return id;
}

/** Waits until the page says that this message's body is painted, and still shows it. */
export const bodyIsThere = (page, id) => until(`the body of ${id}`, () => page.evaluate((wanted) => {
  const painted = performance.getEntriesByName('petrel:body').some(({ detail }) => detail?.id === wanted);
  return painted && [...document.querySelectorAll('iframe[data-body-of]')].some(({ dataset }) => dataset.bodyOf === wanted);
}, id));

/** What the frame of a message shows, read from outside because nothing runs inside. */
export function bodyOf(page, id) {
  return page.evaluate((wanted) => {
    const frame = [...document.querySelectorAll('iframe[data-body-of]')].find(({ dataset }) => dataset.bodyOf === wanted);
    const body = frame?.contentDocument?.body;
    if (!body) return null;
    return { text: body.innerText, html: body.innerHTML, sandbox: frame.getAttribute('sandbox') };
  }, id);
}

export const subjectShown = async (page) => (await page.getByRole('region', { name: 'Message', exact: true }).getByRole('heading', { level: 2 }).innerText()).trim();

/** Presses one of the buttons above the open message. */
export const act = (page, name) => toolbar(page).getByRole('button', { name, exact: true }).click();

/** What waits to be sent, as the page says it. */
export async function waiting(page) {
  const line = page.locator('[data-outbox-waiting]').first();
  return await line.count() === 0 ? 0 : Number(await line.getAttribute('data-outbox-waiting'));
}

export const nothingWaits = (page, options = { timeout: 60_000 }) => until('an empty outbox', async () => await waiting(page) === 0, options);

export const unreadShown = async (page, wellKnown = 'inbox') => Number(await folder(page, wellKnown).getAttribute('data-unread-count'));

/** Writes a new message and presses Send, or leaves it open. */
export async function write(page, { to, cc, subject, body, send = true }) {
  await button(page, 'New message').click();
  const composer = page.getByRole('dialog', { name: 'New message' });
  await composer.getByLabel('To', { exact: true }).fill(to);
  if (cc) await composer.getByLabel('Cc', { exact: true }).fill(cc);
  await composer.getByLabel('Subject', { exact: true }).fill(subject);
  await composer.locator('[contenteditable]').fill(body);
  if (!send) return composer;
  await composer.getByRole('button', { name: 'Send', exact: true }).click();
  await composer.waitFor({ state: 'detached' });
  return composer;
}

/** Tells the app what a network coming back tells it. */
export const networkIsBack = (page) => page.evaluate(() => { window.dispatchEvent(new Event('online')); });

/** Scrolls through the whole list; the ids of all its rows. */
export async function idsListed(page) {
  const grid = page.getByRole('grid', { name: 'Messages' });
  const found = new Set();
  await grid.hover({ position: { x: 40, y: 200 } });
  await page.mouse.wheel(0, -1_000_000);
  for (let atEnd = false; !atEnd;) {
    await page.waitForTimeout(60);
    atEnd = await grid.evaluate((list) => list.scrollTop + list.clientHeight >= list.scrollHeight - 1);
    for (const id of await idsShown(page)) found.add(id);
    await page.mouse.wheel(0, 400);
  }
  await page.mouse.wheel(0, -1_000_000);
  return [...found];
}

/** Brings a message's row into view, wherever in the folder it is. */
export async function reveal(page, id) {
  const grid = page.getByRole('grid', { name: 'Messages' });
  const wheel = async (distance) => { await grid.hover({ position: { x: 40, y: 200 } }); await page.mouse.wheel(0, distance); };
  if (await rowOf(page, id).count() > 0) return rowOf(page, id);
  await wheel(-1_000_000);
  for (let steps = 0; steps < 400; steps += 1) {
    if (await rowOf(page, id).count() > 0) return rowOf(page, id);
    await wheel(500);
    await page.waitForTimeout(40);
  }
  return assert.fail(`no row for ${id} in the whole list`);
}

/** The person is told something in words: a notice or an alert with a sentence in it. */
export function isTold(page, pattern) {
  return until(`a sentence like ${pattern}`, async () => {
    const texts = await page.locator('[role="alert"]:visible, [role="status"]:visible').allInnerTexts();
    return texts.map((text) => text.trim()).find((text) => text.length >= 15 && pattern.test(text));
  });
}
