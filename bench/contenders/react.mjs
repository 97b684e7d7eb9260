// Drives the React peer: a sandbox of its own serves it, as another serves Petrel. The peer speaks the page protocol
// that all contenders share, so that one set of measurements fits them all.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Sandbox } from '../../tests/e2e/support/sandbox.mjs';
import { buildPeer } from '../peer-react/build.mjs';

const PEER = fileURLToPath(new URL('../peer-react/', import.meta.url));

/** Starts it with a mailbox of `messages`; `split` takes the build whose lesser parts are loaded after the first paint. */
export async function start({ messages, seed, split = false }) {
  const dist = `${PEER}${split ? 'dist-split' : 'dist'}`;
  if (!existsSync(`${dist}/index.html`)) await buildPeer();
  const sandbox = await Sandbox.start({ messages, seed, dist });
  return {
    name: split ? 'react-split' : 'react', url: `${sandbox.app}/`, sandbox, prefix: 'peer:', graphOrigin: sandbox.graph, stop: () => sandbox.kill(),
  };
}

/** Signs in by hand and waits for the list. */
export async function signIn(page, contender, who) {
  await page.goto(contender.url);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator(`[data-account="${who}"]`).click();
  await page.waitForURL((url) => url.origin === contender.sandbox.app);
  await page.locator('[data-message-id]').first().waitFor();
}
