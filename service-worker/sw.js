// The app's shell, kept by the browser: the files of one build, all or none, served before the network is asked.
// The build writes BUILD and FILES from the real files; mail never passes through here.
'use strict';

const BUILD = 'development';
// [path, bytes, SHA-256 in base 64]
const FILES = [];

const SHELL = `petrel-shell-${BUILD}`;
const SETTINGS = 'petrel-settings';
const CONFIG = '/config.json';
const listed = new Set(FILES.map(([path]) => path));

self.addEventListener('install', (event) => event.waitUntil(keepShell()));

self.addEventListener('activate', (event) => event.waitUntil((async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith('petrel-shell-') && name !== SHELL);
  await Promise.all(names.map((name) => caches.delete(name)));
  // Pages of an older build keep their own files until they reload; only a very first visit is taken over at once.
  if (names.length === 0) await self.clients.claim();
})()));

self.addEventListener('message', (event) => {
  // The person asked for the update.
  if (event.data?.type === 'activate') event.waitUntil(self.skipWaiting());
  // Signing out removes every cache; whoever signs in again gets the shell back.
  if (event.data?.type === 'keep-shell') event.waitUntil(keepShell());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin || request.headers.has('authorization')) return;
  if (url.pathname === CONFIG) event.respondWith(settings(request));
  else if (listed.has(url.pathname)) event.respondWith(fromShell(url.pathname, request));
  else if (request.mode === 'navigate') event.respondWith(fromShell('/', request));
});

async function fromShell(path, request) {
  // Stored responses go out untouched: a rebuilt one would make the browser compile the wasm from scratch.
  const shell = await caches.has(SHELL) ? await caches.open(SHELL) : undefined;
  return await shell?.match(path) ?? fetch(request);
}

async function keepShell() {
  if (FILES.length === 0 || await isKept()) return keepSettings();
  const answers = await Promise.all(FILES.map(fetchFile));
  const shell = await caches.open(SHELL);
  try {
    await Promise.all(answers.map(([path, response]) => shell.put(path, response)));
  } catch (error) {
    await caches.delete(SHELL);
    throw error;
  }
  await keepSettings();
}

async function isKept() {
  if (!await caches.has(SHELL)) return false;
  const shell = await caches.open(SHELL);
  return (await shell.keys()).length === FILES.length;
}

// Half an update on the server must not become half an app here: each file is what the build made, or none is kept.
async function fetchFile([path, size, hash]) {
  const response = await fetch(path, { cache: 'reload', credentials: 'same-origin' });
  if (!response.ok || response.redirected || response.type !== 'basic') throw new Error(`${path}: ${response.status}`);
  const bytes = await response.clone().arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  if (bytes.byteLength !== size || btoa(String.fromCharCode(...digest)) !== hash) throw new Error(`${path}: not of this build`);
  return [path, response];
}

async function keepSettings() {
  try {
    const response = await fetch(CONFIG, { cache: 'no-store', signal: AbortSignal.timeout(5000) });
    if (areSettings(response)) await (await caches.open(SETTINGS)).put(CONFIG, response);
  } catch {
    // The app works without: it asks again on its next start with a network.
  }
}

async function settings(request) {
  try {
    const response = await fetch(request, { cache: 'no-store', signal: AbortSignal.timeout(5000) });
    if (response.status < 500) {
      if (areSettings(response) && await caches.has(SETTINGS)) {
        await (await caches.open(SETTINGS)).put(CONFIG, response.clone());
      }
      return response;
    }
    return await keptSettings() ?? response;
  } catch (error) {
    const kept = await keptSettings();
    if (kept) return kept;
    throw error;
  }
}

// A hotel's sign-in page is not our settings, whatever its status says.
function areSettings(response) {
  return response.ok && !response.redirected && (response.headers.get('content-type') ?? '').includes('json');
}

async function keptSettings() {
  return await caches.has(SETTINGS) ? (await caches.open(SETTINGS)).match(CONFIG) : undefined;
}
