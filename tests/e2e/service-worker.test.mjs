// The shell on the device: all files of one build or none, an update only when the person says so.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DIST, Sandbox, button, openBrowser, rows, shellIsKept, signIn, until } from './support.mjs';

let sandbox;
let browser;
let site;
let page;
beforeEach(async () => {
  site = await mkdtemp(join(tmpdir(), 'petrel-site-'));
  await cp(DIST, site, { recursive: true });
  // The tests change files; a stale compressed copy must not be served instead.
  for (const name of await readdir(site, { recursive: true })) if (name.endsWith('.br')) await rm(join(site, name));
  sandbox = await Sandbox.start({ messages: 30, dist: site });
  browser = await openBrowser();
  page = browser.page;
  await signIn(page, sandbox);
  await shellIsKept(page);
});
afterEach(async () => {
  await browser?.close();
  await sandbox?.kill();
  await rm(site, { recursive: true, force: true });
});

const shells = () => page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('petrel-shell-')));
const worker = () => page.evaluate(async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  return { active: registration?.active?.state, waiting: registration?.waiting?.state };
});
const askForUpdate = () => page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration()).update().catch(() => {}); });

/** Makes the served worker that of another build; its files are the same. */
async function publish(build, change = (text) => text) {
  const path = join(site, 'sw.js');
  const text = await readFile(path, 'utf8');
  await writeFile(path, change(text.replace(/const BUILD = "[^"]*"/, `const BUILD = "${build}"`)));
}

test('every file of the build is kept, and nothing else', async () => {
  const [name] = await shells();
  const kept = await page.evaluate(async (shell) => (await (await caches.open(shell)).keys()).map(({ url }) => new URL(url).pathname), name);
  const built = (await readdir(site, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== 'sw.js' && entry.name !== 'config.json')
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(site.length))
    .map((path) => (path === '/index.html' ? '/' : path));
  assert.deepEqual(kept.sort(), built.sort());
  const others = await page.evaluate(async () => {
    const urls = [];
    for (const cache of await caches.keys()) for (const { url } of await (await caches.open(cache)).keys()) urls.push(url);
    return urls.filter((url) => new URL(url).origin !== location.origin || /token|code=|\/v1\.0\//.test(url));
  });
  assert.deepEqual(others, [], 'no mail and no token in any cache');
});

test('an update waits until the person asks for it', async () => {
  const before = await shells();
  await publish('aaaaaaaaaaaaaaaa');
  await askForUpdate();
  await until('a waiting worker', async () => (await worker()).waiting === 'installed');
  assert.deepEqual((await shells()).sort(), [...before, 'petrel-shell-aaaaaaaaaaaaaaaa'].sort());
  const reload = button(page, 'Reload for update');
  await reload.waitFor();
  assert.equal((await worker()).waiting, 'installed', 'nothing is taken over by itself');
  await page.evaluate(() => { window.beforeUpdate = true; });
  await reload.click();
  await until('a fresh page', () => page.evaluate(() => window.beforeUpdate !== true));
  await rows(page).first().waitFor();
  await until('only the new shell', async () => (await shells()).join() === 'petrel-shell-aaaaaaaaaaaaaaaa');
});

test('half an update on the server is no update', async () => {
  const before = await shells();
  // The worker is new but one of its files is not what the build made.
  await publish('bbbbbbbbbbbbbbbb', (text) => text.replace(/"\/mail-frame\.html",\d+/, '"/mail-frame.html",1'));
  await askForUpdate();
  await page.waitForTimeout(2_000);
  assert.deepEqual(await shells(), before);
  assert.equal((await worker()).waiting, undefined);
  await page.reload();
  await rows(page).first().waitFor();
});

test('settings come from the network when it is there and from the device when it is not', async () => {
  const read = () => page.evaluate(async () => (await (await fetch('/config.json')).json()).environment);
  assert.equal(await read(), 'sandbox');
  await sandbox.faults([{ host: 'app', path: '/config\\.json', times: 1, then: { status: 200, headers: { 'content-type': 'application/json' }, body: '{"environment":"new"}' } }]);
  assert.equal(await read(), 'new');
  await sandbox.faults([{ host: 'app', path: '/config\\.json', times: 1_000, then: { drop: 'before' } }]);
  assert.equal(await read(), 'new');
});
