// The page itself: accessible, silent on the console, talking to nobody but its own servers, and deaf to hostile mail.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import {
  PHONE, Sandbox, bodyOf, button, isLive, open, openBrowser, rowAt, rowOf, rows, signIn, until, write,
} from './support.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let sandbox;
before(async () => { sandbox = await Sandbox.start({ messages: 120 }); });
after(() => sandbox?.kill());

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    // The body in its frame is somebody else's document; its frame and title are ours.
    const { violations: all } = await window.axe.run(document, { iframes: false });
    return all.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} ${failureSummary}`).join(' | ')}`);
  });
  return found;
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on sign-in, list, reading pane and composer (${colorScheme})`, async () => {
    const { page, close } = await openBrowser({ colorScheme });
    try {
      await page.goto(`${sandbox.app}/`);
      await button(page, 'Sign in').waitFor();
      assert.deepEqual(await violations(page), [], 'sign-in');
      await signIn(page, sandbox);
      assert.deepEqual(await violations(page), [], 'list');
      await open(page, rowAt(page, 1));
      assert.deepEqual(await violations(page), [], 'reading pane');
      await write(page, { to: 'grace@petrel.test', subject: 'Draft', body: 'Text', send: false });
      assert.deepEqual(await violations(page), [], 'composer');
      await button(page, 'Discard').click();
      await page.setViewportSize(PHONE);
      assert.deepEqual(await violations(page), [], 'phone');
    } finally {
      await close();
    }
  });
}

test('a whole visit asks nobody but the sandbox and says nothing on the console', async () => {
  const { page, origins, errors, close } = await openBrowser();
  try {
    await signIn(page, sandbox);
    await isLive(page, 'live');
    for (let at = 1; at <= 8; at += 1) await open(page, rowAt(page, at));
    await page.keyboard.press('e');
    await button(page, 'Undo').click();
    await write(page, { to: 'grace@petrel.test', subject: 'Quiet', body: 'No noise.' });
    await until('it at Grace’s', () => sandbox.find('Quiet', 'grace@petrel.test'), { timeout: 30_000 });
    await page.reload();
    await rows(page).first().waitFor();
    const allowed = new Set([...sandbox.origins, ...sandbox.origins.map((origin) => origin.replace('http:', 'ws:'))]);
    assert.deepEqual([...origins].filter((origin) => !allowed.has(origin)), []);
    assert.deepEqual(errors, []);
  } finally {
    await close();
  }
});

test('a hostile body runs nothing, loads nothing and reaches nothing', async () => {
  const { page, origins, errors, close } = await openBrowser();
  try {
    await signIn(page, sandbox);
    await page.evaluate(() => { window.owned = false; });
    const id = await sandbox.deliver({
      subject: '<img src=x onerror="window.owned=true">',
      html: `<p>Dear reader</p><script>parent.owned = true; top.owned = true</script>
        <img src="x" onerror="parent.owned=true"><svg onload="parent.owned=true"></svg>
        <img src="https://tracker.example/pixel.gif"><link rel="stylesheet" href="https://tracker.example/a.css">
        <iframe src="javascript:parent.owned=true"></iframe><meta http-equiv="refresh" content="0;url=https://tracker.example/">
        <form action="https://tracker.example/"><input autofocus onfocus="parent.owned=true"></form>
        <style>body { background: url(https://tracker.example/bg.png) }</style><base href="https://tracker.example/">
        <a id="link" href="javascript:parent.owned=true">click</a>`,
    });
    await open(page, rowOf(page, id));
    const { text, sandbox: permissions } = await bodyOf(page, id);
    assert.match(text, /Dear reader/);
    assert.doesNotMatch(permissions, /allow-scripts|allow-top-navigation|allow-forms|allow-modals/);
    assert.match(permissions, /allow-same-origin/);
    await page.waitForTimeout(1_000);
    assert.equal(await page.evaluate(() => window.owned), false);
    assert.deepEqual([...origins].filter((origin) => origin.includes('tracker')), []);
    assert.equal(await rowOf(page, id).locator('img').count(), 0, 'a subject is text');
    assert.equal(new URL(page.url()).origin, sandbox.app);
    assert.deepEqual(errors.filter((error) => !/Content Security Policy|sandboxed|Refused|Blocked/i.test(error)), []);
  } finally {
    await close();
  }
});

test('the page’s own policy refuses scripts and markup that could run', async () => {
  const { page, close } = await openBrowser();
  try {
    await page.goto(`${sandbox.app}/`);
    await button(page, 'Sign in').waitFor();
    const refused = await page.evaluate(() => {
      const fails = (work) => { try { work(); return false; } catch { return true; } };
      const box = document.createElement('div');
      return {
        handler: fails(() => { box.innerHTML = '<img src=x onerror=alert(1)>'; }),
        script: fails(() => { box.innerHTML = '<script>alert(1)</script>'; }),
        worker: fails(() => new Worker('/other.js')),
        address: fails(() => window.petrelPolicies.url.createScriptURL('https://elsewhere.example/worker.js')),
        path: fails(() => window.petrelPolicies.url.createScriptURL('/other.js')),
      };
    });
    assert.deepEqual(refused, { handler: true, script: true, worker: true, address: true, path: true });
  } finally {
    await close();
  }
});

test('the app can be installed', async () => {
  const { page, context, close } = await openBrowser();
  try {
    await page.goto(`${sandbox.app}/`);
    await button(page, 'Sign in').waitFor();
    const client = await context.newCDPSession(page);
    const { errors, data } = await client.send('Page.getAppManifest');
    assert.deepEqual(errors, []);
    const manifest = JSON.parse(data);
    assert.equal(manifest.display, 'standalone');
    for (const { src, sizes } of manifest.icons.filter(({ type }) => type === 'image/png')) {
      const [width] = sizes.split('x').map(Number);
      const real = await page.evaluate(async (address) => {
        const image = new Image();
        image.src = address;
        await image.decode();
        return [image.naturalWidth, image.naturalHeight];
      }, src);
      assert.deepEqual(real, [width, width], src);
    }
    assert.ok(manifest.icons.some(({ purpose }) => purpose === 'maskable'));
  } finally {
    await close();
  }
});
