// The start: the screen as it was left is in view before the app runs, and it is a picture and nothing more.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Sandbox, button, isLive, openBrowser, rowAt, rowWith, rows, shellIsKept, signIn, until } from './support.mjs';

const NAME = 'petrel-picture';
let sandbox;
let browser;
let page;
before(async () => {
  sandbox = await Sandbox.start({ messages: 80 });
  browser = await openBrowser();
  page = browser.page;
  await signIn(page, sandbox);
  await isLive(page, 'live');
  await shellIsKept(page);
});
after(async () => {
  await browser?.close();
  await sandbox?.kill();
});

const kept = (tab = page) => tab.evaluate((name) => localStorage.getItem(name), NAME);

/** Loads the page without the program, so that only the picture can be there; with `text` in place of what was kept. */
async function withoutProgram(work, text) {
  const tab = await browser.context.newPage();
  if (text) await tab.addInitScript(([name, value]) => { if (location.protocol === 'http:') localStorage.setItem(name, value); }, [NAME, text]);
  await tab.addInitScript(() => { WebAssembly.instantiateStreaming = () => new Promise(() => {}); WebAssembly.instantiate = () => new Promise(() => {}); });
  try {
    await tab.goto(`${sandbox.app}/`);
    return await work(tab);
  } finally {
    await tab.close();
  }
}

test('the next start shows the list as it was left before the program runs', async () => {
  await rowAt(page, 3).waitFor();
  const subject = (await rowAt(page, 3).locator('.subject').innerText()).trim();
  await page.reload();
  await rows(page).first().waitFor();
  assert.ok((await kept()).includes(subject));
  const order = await until('both to be painted', async () => {
    const times = await page.evaluate(() => ['petrel:picture', 'petrel:first-list'].map((name) => performance.getEntriesByName(name)[0]?.startTime));
    return times.every(Boolean) && times;
  });
  assert.ok(order[0] < order[1], `picture at ${order[0]} ms, rows at ${order[1]} ms`);
  assert.equal(await page.locator('.picture').count(), 0, 'the app has taken its place');
  await withoutProgram(async (tab) => {
    await tab.locator('.picture .subject', { hasText: subject }).first().waitFor();
    const [same, there] = [await rowAt(page, 3).boundingBox(), await tab.locator('.picture .row', { hasText: subject }).first().boundingBox()];
    assert.deepEqual(there, same, 'each row lies where it will lie');
    assert.equal(await tab.getByRole('row').count(), 0, 'nothing of it is read aloud');
    assert.equal(await tab.locator('[data-message-id], [data-live], [data-folder-id]').count(), 0, 'nothing of it passes for the app');
  });
});

test('a hostile subject is text in the picture too', async () => {
  const subject = '<img src=x onerror="window.hurt=1"><script>window.hurt=2</script>';
  await sandbox.deliver({ subject });
  await rowWith(page, subject).waitFor();
  await page.reload();
  await rows(page).first().waitFor();
  await withoutProgram(async (tab) => {
    await tab.locator('.picture .subject', { hasText: subject }).waitFor();
    assert.equal(await tab.evaluate(() => window.hurt), undefined);
    assert.equal(await tab.locator('.picture img, .picture script').count(), 0);
  });
});

test('a picture that is broken or of another window shape is not shown', async () => {
  const good = await kept();
  // A page that shows the mailbox would take pictures of its own meanwhile.
  await page.goto('about:blank');
  for (const text of ['{', 'null', JSON.stringify({ ...JSON.parse(good), width: 1 }), JSON.stringify({ ...JSON.parse(good), shell: [0, 'iframe', { src: '/' }, '', []] })]) {
    await withoutProgram(async (tab) => {
      await tab.waitForTimeout(300);
      assert.equal(await tab.locator('.picture .row, #boot iframe').count(), 0, text.slice(0, 40));
    }, text);
  }
});

test('signing out destroys it and none is taken again', async () => {
  await page.goto(`${sandbox.app}/`);
  await rows(page).first().waitFor();
  await until('a picture', () => kept());
  await button(page, 'Sign out').click();
  await button(page, 'Sign in').waitFor();
  assert.equal(await kept(), null);
  await page.reload();
  await button(page, 'Sign in').waitFor();
  assert.equal(await kept(), null);
  await page.waitForTimeout(2_500);
  assert.equal(await kept(), null);
});
