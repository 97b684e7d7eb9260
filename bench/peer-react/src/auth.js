// Sign-in by MSAL's redirect. The endpoints are given to it (`authorityMetadata`), which spares the discovery request
// at every first token, and lets the local Entra be reached without TLS.
import { CacheLookupPolicy, PublicClientApplication } from '@azure/msal-browser';

const SCOPES = ['User.Read', 'Mail.ReadWrite', 'Mail.Send'];
/** A token is renewed when less than this is left of it. */
const MARGIN = 5 * 60_000;
/** "Stay signed in?": with it MSAL's cache outlives the browser, as people expect of an installed app. */
const STAY = JSON.stringify({ id_token: { signin_state: { essential: true } } });

const settings = (() => {
  let answer;
  return () => {
    answer ??= fetch('/config.json').then((response) => response.json());
    answer.catch(() => { answer = undefined; });
    return answer;
  };
})();

/** Where Graph is. */
export const graphOrigin = async () => (await settings()).graph;

async function start() {
  const { authority, clientId } = await settings();
  const secure = authority.replace(/^http:/, 'https:');
  const client = new PublicClientApplication({
    auth: {
      clientId, authority: secure, knownAuthorities: [new URL(secure).host], redirectUri: `${location.origin}/`, postLogoutRedirectUri: `${location.origin}/`,
      authorityMetadata: JSON.stringify({
        authorization_endpoint: `${authority}/oauth2/v2.0/authorize`, token_endpoint: `${authority}/oauth2/v2.0/token`,
        end_session_endpoint: `${authority}/oauth2/v2.0/logout`, jwks_uri: `${authority}/discovery/v2.0/keys`,
        issuer: `${new URL(authority).origin}/{tenantid}/v2.0`,
      }),
    },
    cache: { cacheLocation: 'localStorage' },
  });
  await client.initialize();
  return client;
}

let starting;
function client() {
  starting ??= start();
  starting.catch(() => { starting = undefined; });
  return starting;
}

/** Takes what a redirect brought back, if this start of the page is one; the account that is signed in. */
export async function account() {
  const msal = await client();
  const back = await msal.handleRedirectPromise({ navigateToLoginRequestUrl: false });
  if (back) held = { token: back.accessToken, until: back.expiresOn.getTime() };
  const [found] = back ? [back.account] : msal.getAllAccounts();
  if (found) msal.setActiveAccount(found);
  return found;
}

let held;

/** An access token; rejects where only a person can help. */
export async function token({ fresh = false } = {}) {
  if (!fresh && held && held.until > Date.now() + MARGIN) return held.token;
  const msal = await client();
  const got = await msal.acquireTokenSilent({ scopes: SCOPES, forceRefresh: fresh, cacheLookupPolicy: CacheLookupPolicy.AccessTokenAndRefreshToken });
  held = { token: got.accessToken, until: got.expiresOn.getTime() };
  return held.token;
}

export const needsPerson = (error) => /interaction_required|no_account|no_tokens_found|login_required|refresh_token_expired|invalid_grant/.test(error?.errorCode ?? '');

export const redirectIn = async () => (await client()).loginRedirect({ scopes: SCOPES, claims: STAY });
export const redirectOut = async () => (await client()).logoutRedirect();
