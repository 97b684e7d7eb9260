// Servers that answer nonsense: a plain sentence, nothing lost, no endless loop, and everything well again afterwards.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  ADA, Sandbox, button, isLive, live, networkIsBack, nothingWaits, openBrowser, rowOf, rowWith, rows, signIn, until,
} from './support.mjs';

let sandbox;
before(async () => { sandbox = await Sandbox.start({ messages: 40 }); });
afterEach(() => sandbox.reachable());
after(() => sandbox?.kill());

describe('settings', () => {
  const whole = { authority: 'http://localhost:1/common', clientId: '00000000-0000-4000-8000-00000000cafe', graph: 'http://localhost:1', scopes: ['openid'] };
  const without = (name) => JSON.stringify(Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name)));
  const cases = [
    ['broken', 200, '{"authority": "http', /config\.json/],
    ['missing', 404, 'not here', /config\.json/],
    ['a page', 200, '<!doctype html><title>hotel</title>', /config\.json/],
    ['without an authority', 200, without('authority'), /authority/],
    ['without a client id', 200, without('clientId'), /clientId/],
    ['without Graph’s address', 200, without('graph'), /graph/],
    ['without scopes', 200, without('scopes'), /scopes/],
    ['with an authority that is no address', 200, JSON.stringify({ ...whole, authority: 7 }), /authority/],
  ];
  for (const [what, status, body, named] of cases) {
    test(`that are ${what} get a page that names what is wrong`, async () => {
      const { page, close } = await openBrowser();
      try {
        await sandbox.faults([{ host: 'app', path: '/config\\.json', times: 1_000, then: { status, headers: { 'content-type': 'application/json' }, body } }]);
        await page.goto(`${sandbox.app}/`);
        await page.getByRole('heading', { level: 1, name: 'Petrel is not set up correctly' }).waitFor();
        assert.match(await page.locator('body').innerText(), named);
      } finally {
        await close();
      }
    });
  }
});

describe('Graph answering', () => {
  let browser;
  let page;
  before(async () => {
    browser = await openBrowser();
    page = browser.page;
    await signIn(page, sandbox);
    await isLive(page, 'live');
  });
  after(() => browser?.close());

  const graphError = (code) => JSON.stringify({ error: { code, message: code, innerError: { date: '2026-01-01T00:00:00', 'request-id': 'r', 'client-request-id': 'c' } } });
  const json = { 'content-type': 'application/json' };
  const cases = [
    ['401', { status: 401, headers: json, body: graphError('InvalidAuthenticationToken') }],
    ['403', { status: 403, headers: json, body: graphError('ErrorAccessDenied') }],
    ['404', { status: 404, headers: json, body: graphError('ErrorItemNotFound') }],
    ['429 with a time', { status: 429, headers: { ...json, 'retry-after': '2' }, body: graphError('ApplicationThrottled') }],
    ['429 without a time', { status: 429, headers: json, body: graphError('ApplicationThrottled') }],
    ['500', { status: 500, headers: json, body: graphError('ErrorInternalServerError') }],
    ['503', { status: 503, headers: json, body: graphError('ErrorServerBusy') }],
    ['truncated JSON', { status: 200, headers: json, body: '{"@odata.context":"x","value":[{"id":"AAMk' }],
    ['a page instead of JSON', { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Log in to the train</title>' }],
    ['nothing at all', { drop: 'before' }],
  ];

  async function signInAgain(mayAsk) {
    assert.ok(mayAsk, 'it must not ask to sign in again');
    await button(page, 'Sign in').first().click();
    const account = page.locator(`[data-account="${ADA}"]`);
    if (await account.waitFor({ timeout: 5_000 }).then(() => true, () => false)) await account.click();
    await rows(page).first().waitFor();
  }

  for (const [what, then] of cases) {
    test(`${what} neither loses anything nor makes the app hammer the server`, async () => {
      const before = await rows(page).count();
      assert.ok(before > 0);
      await sandbox.clearLog();
      await sandbox.faults([{ host: 'graph', path: '^/(v1\\.0|beta)/me/', times: 1_000_000, then }]);
      const subject = `After ${what}`;
      const id = await sandbox.deliver({ subject });
      await networkIsBack(page);
      await page.waitForTimeout(4_000);
      const asked = (await sandbox.log()).filter(({ host, path }) => host === 'graph' && !path.includes('/_sandbox'));
      assert.ok(asked.length <= 30, `${asked.length} requests in 4 s`);
      assert.ok(asked.length >= 1, 'it did ask');
      assert.ok(await rows(page).count() >= before - 1, 'what was there is still there');

      await sandbox.reachable();
      await networkIsBack(page);
      await until(`a row for ${subject}`, async () => {
        const again = button(page, 'Sign in');
        // Only a server that refuses a fresh token may make the app ask for a new sign-in.
        if (await again.count() > 0 && await again.first().isVisible()) await signInAgain(what === '401');
        await networkIsBack(page);
        return await rowOf(page, id).count() > 0;
      }, { timeout: 60_000, every: 1_000 });
    });
  }

  test('503 for a while delays an act and does not lose it', async () => {
    const subject = 'Archive me through the storm';
    const id = await sandbox.deliver({ subject });
    await rowOf(page, id).waitFor({ timeout: 30_000 });
    await sandbox.faults([{ host: 'graph', method: 'POST', path: '/move$', times: 3, then: { status: 503, headers: { ...json, 'retry-after': '1' }, body: graphError('ErrorServerBusy') } }]);
    await rowOf(page, id).click();
    await page.keyboard.press('e');
    await rowOf(page, id).waitFor({ state: 'detached' });
    await until('it in the archive', async () => (await sandbox.find(subject))?.folder === 'Archive', { timeout: 60_000 });
    assert.equal(await rowWith(page, subject).count(), 0);
  });

  test('an act that the server refuses for good is said so and can be dismissed', async () => {
    const subject = 'May not be moved';
    const id = await sandbox.deliver({ subject });
    await rowOf(page, id).waitFor({ timeout: 30_000 });
    await sandbox.faults([{ host: 'graph', method: 'POST', path: '/move$', times: 1_000, then: { status: 403, headers: json, body: graphError('ErrorAccessDenied') } }]);
    await rowOf(page, id).click();
    await page.keyboard.press('e');
    await button(page, 'Dismiss').first().waitFor({ timeout: 30_000 });
    await rowOf(page, id).waitFor();
    await button(page, 'Dismiss').first().click();
    await nothingWaits(page);
    assert.equal((await sandbox.find(subject)).folder, 'Inbox');
  });

  test('a refresh token that ended asks to sign in, and the mail stays readable', async () => {
    await sandbox.control('POST', 'expire', { what: 'refresh_tokens' });
    await sandbox.control('POST', 'expire', { what: 'access_tokens' });
    await sandbox.deliver({ subject: 'Needs a new sign-in' });
    await networkIsBack(page);
    await button(page, 'Sign in').first().waitFor({ timeout: 30_000 });
    assert.ok(await rows(page).count() > 0, 'what was there can be read');
    await signInAgain(true);
    await rowWith(page, 'Needs a new sign-in').waitFor({ timeout: 30_000 });
  });
});

test('a browser that refuses its database gets a sentence instead of an empty page', async () => {
  const { context, page, close } = await openBrowser({ serviceWorkers: 'block' });
  try {
    const refuse = 'IDBFactory.prototype.open = function () { throw new DOMException("refused", "InvalidStateError"); };';
    await context.addInitScript(refuse);
    await context.route('**/worker.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${refuse}\n${await response.text()}` });
    });
    await page.goto(`${sandbox.app}/`);
    await until('a sentence', async () => /stor|private|site data|space/i.test(await page.locator('body').innerText()));
    assert.notEqual(await live(page).catch(() => 'none'), 'live');
  } finally {
    await close();
  }
});
