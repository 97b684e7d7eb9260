// Chromium with a profile of its own, watched: every request's origin, every error on any page's console.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  // Nothing but the sandbox can be reached, whatever a mail asks for.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

export const WIDE = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** A browser with one page. `profile` is a folder to come back to; without it a fresh one is made and removed at the end. */
export async function openBrowser({ profile, viewport = WIDE, colorScheme = 'light', serviceWorkers = 'allow', ...more } = {}) {
  const folder = profile ?? await newProfile();
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    headless: true,
    args: FLAGS,
    viewport,
    colorScheme,
    serviceWorkers,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    ...more,
  });
  context.setDefaultTimeout(15_000);
  const { origins, errors, blockedByFrame } = watched(context);
  const page = context.pages()[0] ?? await context.newPage();
  const close = async () => {
    await context.close();
    if (!profile) await removeProfile(folder);
  };
  return { context, page, origins, errors, blockedByFrame, close };
}

/** What is noted of everything that happens in a context from now on. */
export function watched(context) {
  const origins = new Set();
  const errors = [];
  const blockedByFrame = [];
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:') origins.add(origin);
  });
  context.on('console', (message) => {
    if (message.type() !== 'error') return;
    // A remote image that the body's own policy refuses is the policy at work, and Chromium calls that an error.
    if (/Content Security Policy directive.*img-src data: blob:/s.test(message.text())) blockedByFrame.push(message.text());
    else errors.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => errors.push(String(error.error())));
  return { origins, errors, blockedByFrame };
}

export const newProfile = () => mkdtemp(join(tmpdir(), 'petrel-e2e-'));
export const removeProfile = (folder) => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
