// `openid-client`, the certified OpenID Connect client: discovery, the code flow with PKCE, refresh, userinfo, signatures, sign-out.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import * as oidc from 'openid-client';
import { ADA, Sandbox, conforms } from './support.mjs';
import { Visitor } from './support/sign-in.mjs';

const CLIENT = '00000000-0000-4000-8000-00000000cafe';
let sandbox;
before(async () => { sandbox = await Sandbox.start({ messages: 5 }); });
after(() => sandbox?.kill());

/** A single-page app's requests carry an origin; the token endpoint insists on it. */
const asPage = (url, options) => {
  const headers = new Headers(options.headers);
  headers.set('origin', sandbox.app);
  return fetch(url, { ...options, headers });
};

const discover = (tenant) => oidc.discovery(new URL(`${sandbox.entra}/${tenant}/v2.0/.well-known/openid-configuration`), CLIENT, undefined, oidc.None(), {
  execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  [oidc.customFetch]: asPage,
});

/** The tenant's id, as the shared endpoint's tokens name it. */
async function ownTenant() {
  const answer = await fetch(`${sandbox.entra}/petrel.test/v2.0/.well-known/openid-configuration`);
  return new URL((await answer.json()).issuer).pathname.split('/')[1];
}

/** Signs ada in; the tokens, and everything needed to look at them. */
async function signedIn(scope = 'openid profile offline_access User.Read Mail.ReadWrite') {
  const config = await discover(await ownTenant());
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const redirect_uri = `${sandbox.app}/`;
  const visitor = new Visitor();
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri, scope, state, nonce, code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const back = await visitor.signIn(address.href, ADA, redirect_uri);
  const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
  return { config, tokens, visitor, back, verifier, state, nonce };
}

conforms('openid-client: discovery names every endpoint, on the tenant’s own issuer', async () => {
  const config = await discover(await ownTenant());
  const server = config.serverMetadata();
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint', 'end_session_endpoint']) {
    assert.match(server[name] ?? '', /^http:\/\/localhost:\d+\//, name);
  }
  // Entra takes PKCE and does not say so; a client that believes the document sends a nonce as well.
  assert.equal(server.supportsPKCE(), false);
});

conforms('openid-client: the code flow with PKCE gives tokens whose signature, nonce and audience hold', async () => {
  const { tokens } = await signedIn();
  const claims = tokens.claims();
  assert.equal(claims.preferred_username, ADA);
  assert.equal(claims.aud, CLIENT);
  assert.ok(claims.oid && claims.tid && claims.sub);
  assert.ok(tokens.expiresIn() > 0 && tokens.refresh_token);
});

conforms('openid-client: the access token opens Graph and the refresh token gives another', async () => {
  const { config, tokens } = await signedIn();
  const me = async (token) => (await oidc.fetchProtectedResource(config, token, new URL(`${sandbox.graph}/v1.0/me`), 'GET')).json();
  assert.equal((await me(tokens.access_token)).userPrincipalName, ADA);
  const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token, { scope: 'openid offline_access Mail.ReadWrite User.Read' });
  assert.notEqual(renewed.access_token, tokens.access_token);
  assert.notEqual(renewed.refresh_token, tokens.refresh_token);
  assert.equal((await me(renewed.access_token)).userPrincipalName, ADA);
});

conforms('openid-client: a code is good once', async () => {
  const { config, back, verifier, state, nonce } = await signedIn();
  await assert.rejects(
    oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }),
    (error) => error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant' && /AADSTS54005/.test(error.error_description),
  );
});

conforms('openid-client: a wrong verifier, a foreign nonce and a foreign state are refused', async () => {
  const config = await discover(await ownTenant());
  const redirect_uri = `${sandbox.app}/`;
  const verifier = oidc.randomPKCECodeVerifier();
  const back = async () => new Visitor().signIn(oidc.buildAuthorizationUrl(config, {
    redirect_uri, scope: 'openid User.Read', state: 's', nonce: 'n', code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  }).href, ADA, redirect_uri);
  await assert.rejects(oidc.authorizationCodeGrant(config, await back(), { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: 's', expectedNonce: 'n' }), (error) => error.error === 'invalid_grant');
  await assert.rejects(oidc.authorizationCodeGrant(config, await back(), { pkceCodeVerifier: verifier, expectedState: 's', expectedNonce: 'other' }), (error) => /nonce/.test(error.cause.message));
  await assert.rejects(oidc.authorizationCodeGrant(config, await back(), { pkceCodeVerifier: verifier, expectedState: 'other', expectedNonce: 'n' }), (error) => /state/.test(error.cause.message));
});

conforms('openid-client: userinfo names the person of the token', async () => {
  const { config, tokens } = await signedIn('openid profile email User.Read');
  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(info.sub, tokens.claims().sub);
  assert.ok(info.name);
});

conforms('openid-client: after signing out the session gives no silent code', async () => {
  const { config, visitor } = await signedIn();
  const silent = async () => {
    const address = oidc.buildAuthorizationUrl(config, {
      redirect_uri: `${sandbox.app}/`, scope: 'openid', state: 's', prompt: 'none',
      code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()), code_challenge_method: 'S256',
    });
    return new URL((await visitor.ask(address.href)).location).searchParams;
  };
  assert.ok((await silent()).get('code'));
  const away = await visitor.ask(oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: `${sandbox.app}/` }).href);
  assert.ok(away.status === 302 ? away.location.startsWith(sandbox.app) : away.status === 200, away.html);
  assert.equal((await silent()).get('error'), 'login_required');
});
