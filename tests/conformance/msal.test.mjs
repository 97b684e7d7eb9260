// `@azure/msal-browser`, Microsoft's own sign-in library, in Chromium: redirect, cache, refresh token, hidden frame,
// claims challenge, sign-out. It is served unchanged from the app's origin, behind TLS because it takes no other authority.
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before } from 'node:test';
import { openBrowser } from '../e2e/support/browser.mjs';
import { ADA, Sandbox, conforms, until } from './support.mjs';
import { frontsFor } from './support/tls.mjs';

const CLIENT = '00000000-0000-4000-8000-00000000cafe';
const LIBRARY = fileURLToPath(new URL('../node_modules/@azure/msal-browser/lib/', import.meta.url));
const SCOPES = ['User.Read', 'Mail.ReadWrite'];
const PAGE = (...scripts) => `<!doctype html><meta charset="utf-8"><title>msal</title>${scripts.map((name) => `<script src="/${name}"></script>`).join('')}`;

let folder;
let sandbox;
let fronts;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'petrel-msal-'));
  sandbox = await Sandbox.start({ messages: 3, dist: folder });
  fronts = await frontsFor(sandbox, ['app', 'entra', 'graph'], { dropPolicyOf: ['app'] });
  await copyFile(`${LIBRARY}msal-browser.min.js`, join(folder, 'msal-browser.js'));
  await copyFile(`${LIBRARY}redirect-bridge/msal-redirect-bridge.min.js`, join(folder, 'msal-redirect-bridge.js'));
  await writeFile(join(folder, 'index.html'), PAGE('msal-browser.js', 'driver.js'));
  await writeFile(join(folder, 'bridge.html'), PAGE('msal-redirect-bridge.js', 'bridge.js'));
  await writeFile(join(folder, 'bridge.js'), 'msalRedirectBridge.broadcastResponseToMainFrame();');
  await writeFile(join(folder, 'driver.js'), `
    const config = {
      auth: {
        clientId: '${CLIENT}', authority: '${fronts.entra}/common', knownAuthorities: ['${new URL(fronts.entra).host}'],
        redirectUri: location.origin + '/', postLogoutRedirectUri: location.origin + '/', clientCapabilities: ['cp1'],
      },
      cache: { cacheLocation: 'sessionStorage' },
      system: { iframeBridgeTimeout: 6000, loggerOptions: { loggerCallback: (level, text) => (window.said ??= []).push(text), logLevel: 3, piiLoggingEnabled: true } },
    };
    window.ready = (async () => {
      const client = new msal.PublicClientApplication(config);
      await client.initialize();
      try {
        const back = await client.handleRedirectPromise();
        if (back?.account) client.setActiveAccount(back.account);
        return { client, back };
      } catch (error) {
        return { client, error };
      }
    })();`);
});
after(async () => {
  await fronts?.close();
  await sandbox?.kill();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** A test in a browser of its own. */
const inBrowser = (name, work) => conforms(`msal: ${name}`, async () => {
  const browser = await openBrowser({ ignoreHTTPSErrors: true, serviceWorkers: 'block' });
  try {
    await work(browser.page);
  } finally {
    await sandbox.faults([]);
    await browser.close();
  }
});

const open = (page) => page.goto(`${fronts.app}/`);
/** What came back from a redirect: the account's name, or the error. */
const returned = (page) => page.evaluate(async () => {
  const { back, error } = await window.ready;
  return { username: back?.account?.username, tenantId: back?.tenantId, scopes: back?.scopes, token: back?.accessToken, error: error && { code: error.errorCode, text: error.errorMessage, kind: error.name } };
});

/** Presses the account and whatever else a willing person presses until the app is back. */
async function choose(page, button = `[data-account="${ADA}"]`) {
  await page.waitForURL((url) => url.origin === fronts.entra);
  await page.locator(button).first().click();
  for (let steps = 0; steps < 5; steps += 1) {
    await page.waitForLoadState('load');
    if (new URL(page.url()).origin === fronts.app) return;
    await page.locator('form button:not(.cancel):not([name="cancel"])').first().click({ timeout: 5_000 }).catch(() => {});
  }
  await page.waitForURL((url) => url.origin === fronts.app);
}

async function signedIn(page) {
  await open(page);
  await page.evaluate(async (scopes) => { (await window.ready).client.loginRedirect({ scopes }); }, SCOPES);
  await choose(page);
  const back = await returned(page);
  assert.equal(back.error, undefined);
  return back;
}

/** A silent token; `{token, fromCache}` or `{error}`. */
const silent = (page, more = {}) => page.evaluate(async ({ scopes, options }) => {
  const { client } = await window.ready;
  try {
    const got = await client.acquireTokenSilent({ scopes, redirectUri: `${location.origin}/bridge.html`, account: client.getAllAccounts()[0], ...options });
    return { token: got.accessToken, fromCache: got.fromCache, expires: got.expiresOn.getTime() };
  } catch (error) {
    return { error: error.errorCode, kind: error.name, text: error.errorMessage };
  }
}, { scopes: SCOPES, options: more });

const me = (page, token) => page.evaluate(async ({ url, token }) => {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, name: (await answer.json()).userPrincipalName, challenge: answer.headers.get('www-authenticate') };
}, { url: `${fronts.graph}/v1.0/me`, token });

const entraCalls = async (pattern) => (await sandbox.log()).filter(({ host, path }) => host === 'entra' && pattern.test(path));

inBrowser('a redirect signs in, with a token that opens Graph', async (page) => {
  const back = await signedIn(page);
  assert.equal(back.username, ADA);
  assert.ok(back.tenantId);
  assert.ok(SCOPES.every((scope) => back.scopes.some((one) => one.toLowerCase().endsWith(scope.toLowerCase()))), String(back.scopes));
  assert.deepEqual((({ status, name }) => ({ status, name }))(await me(page, back.token)), { status: 200, name: ADA });
});

inBrowser('a silent token comes from the cache, and by the refresh token when it is forced', async (page) => {
  const { token } = await signedIn(page);
  await sandbox.clearLog();
  const cached = await silent(page);
  assert.deepEqual([cached.token, cached.fromCache], [token, true]);
  assert.equal((await entraCalls(/./)).length, 0);
  const fresh = await silent(page, { forceRefresh: true });
  assert.equal(fresh.error, undefined);
  assert.notEqual(fresh.token, token);
  assert.equal((await entraCalls(/authorize/)).length, 0, 'the refresh token was enough');
  assert.equal((await me(page, fresh.token)).status, 200);
  assert.ok(fresh.expires > Date.now() + 3_000_000);
});

inBrowser('a reload keeps the account, and an expired access token is renewed by itself', async (page) => {
  const { token } = await signedIn(page);
  await sandbox.control('POST', 'expire', { what: 'access_tokens' });
  assert.equal((await me(page, token)).status, 401);
  await page.reload();
  const fresh = await silent(page, { forceRefresh: true });
  assert.equal((await me(page, fresh.token)).name, ADA);
});

inBrowser('when the refresh token is dead a hidden frame renews from the browser’s session', async (page) => {
  const { token } = await signedIn(page);
  await sandbox.control('POST', 'expire', { what: 'refresh_tokens' });
  await sandbox.clearLog();
  const fresh = await silent(page, { forceRefresh: true });
  assert.equal(fresh.error, undefined, JSON.stringify(fresh));
  assert.notEqual(fresh.token, token);
  assert.equal((await entraCalls(/authorize/)).length, 1, 'one silent authorize request in a frame');
  assert.equal((await me(page, fresh.token)).name, ADA);
});

inBrowser('a session is found by its hint without any cached account', async (page) => {
  await signedIn(page);
  await page.evaluate(() => sessionStorage.clear());
  await page.reload();
  const found = await page.evaluate(async ({ scopes, loginHint }) => {
    const { client } = await window.ready;
    const got = await client.ssoSilent({ scopes, loginHint, redirectUri: `${location.origin}/bridge.html` });
    return got.account.username;
  }, { scopes: SCOPES, loginHint: ADA });
  assert.equal(found, ADA);
});

inBrowser('a claims challenge of Graph is read, sent to Entra, and answered with a new token', async (page) => {
  const { token } = await signedIn(page);
  const claims = JSON.stringify({ access_token: { nbf: { essential: true, value: '1604106651' } } });
  await sandbox.faults([{ host: 'graph', path: '^/v1.0/me$', method: 'GET', times: 1, then: { status: 401, headers: { 'www-authenticate': `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"` }, body: { error: { code: 'InvalidAuthenticationToken', message: 'Continuous access evaluation resulted in challenge.' } } } }]);
  const challenged = await me(page, token);
  assert.equal(challenged.status, 401);
  const found = /claims="([^"]*)"/.exec(challenged.challenge ?? '')?.[1];
  assert.ok(found, 'the header is readable across origins');
  await sandbox.clearLog();
  const fresh = await silent(page, { claims: Buffer.from(found, 'base64').toString() });
  assert.equal(fresh.error, undefined, JSON.stringify(fresh));
  assert.notEqual(fresh.token, token);
  assert.ok((await entraCalls(/token/)).length > 0);
  assert.equal((await me(page, fresh.token)).name, ADA);
});

inBrowser('whoever declines comes back with an error the library knows', async (page) => {
  await open(page);
  await page.evaluate(async (scopes) => { (await window.ready).client.loginRedirect({ scopes }); }, SCOPES);
  await page.waitForURL((url) => url.origin === fronts.entra);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.waitForURL((url) => url.origin === fronts.app);
  const { error } = await returned(page);
  assert.equal(error?.code, 'access_denied');
  assert.match(error.text, /AADSTS65004/);
});

inBrowser('signing out ends the account here and the session there', async (page) => {
  await signedIn(page);
  await page.evaluate(async () => { window.leaving = true; (await window.ready).client.logoutRedirect({ postLogoutRedirectUri: `${location.origin}/` }); });
  await until('the app after the sign-out', async () => {
    if (new URL(page.url()).origin === fronts.app) return page.evaluate(() => !window.leaving && document.readyState === 'complete');
    // A page that asks which account to leave, or that says good-bye.
    const button = page.locator('form button').first();
    if (await button.count() > 0) await button.click();
    else await open(page);
    return false;
  });
  assert.equal(await page.evaluate(async () => (await window.ready).client.getAllAccounts().length), 0);
  const found = await page.evaluate(async ({ scopes, loginHint }) => {
    const { client } = await window.ready;
    return client.ssoSilent({ scopes, loginHint, redirectUri: `${location.origin}/bridge.html` }).then(() => 'signed in', (error) => error.name);
  }, { scopes: SCOPES, loginHint: ADA });
  assert.equal(found, 'InteractionRequiredAuthError');
});
