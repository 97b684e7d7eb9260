// The app's shell, kept by the browser: the files of one build, all or none, served before the network is asked. And the engine's
// other home: the browser wakes it here for the outbox or for mail, with a tab open or none.
// The build writes BUILD and FILES from the real files; all decisions about mail are in the wasm.
'use strict';

const BUILD = 'development';
// [path, bytes, SHA-256 in base 64]
const FILES = [];

const SHELL = `petrel-shell-${BUILD}`;
const SETTINGS = 'petrel-settings';
const CONFIG = '/config.json';
const ENGINE = '/engine_bg.wasm';
const OUTBOX = 'petrel-outbox';
// Longer than any wake takes; one that crashed never answers.
const PATIENCE = 90_000;
const listed = new Set(FILES.map(([path]) => path));

const own = (text) => {
  if (text !== '/engine.js') throw new TypeError('Petrel refuses a script from this address');
  return text;
};
const policy = self.trustedTypes?.createPolicy('petrel-url', { createScriptURL: own }) ?? { createScriptURL: own };

self.addEventListener('install', (event) => event.waitUntil((async () => {
  // Only now may a script be imported for the first time; from now on the browser keeps its text.
  if (FILES.length > 0) importEngine();
  await keepShell();
})()));

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
  // A tab that may be about to close leaves its outbox to us; where that does not work now, the browser tries again later.
  if (event.data?.type === 'outbox') event.waitUntil(wake(false).catch(() => self.registration.sync?.register(OUTBOX)).catch(() => {}));
});

// A wake that rejects is one that the browser repeats. What a push says is nothing to trust: it only wakes.
self.addEventListener('sync', (event) => { if (event.tag === OUTBOX) event.waitUntil(wake(false)); });
self.addEventListener('periodicsync', (event) => event.waitUntil(wake(true)));
self.addEventListener('push', (event) => event.waitUntil(wake(true)));

let waking = Promise.resolve();

/** Lets the engine work for a while; `mail`: for whatever is new, else for the outbox. One wake after the other. */
function wake(mail) {
  const woken = waking.then(async () => {
    if (FILES.length === 0) return;
    importEngine();
    await wasm_bindgen({ module_or_path: await engineFile() });
    const text = await (await settings(new Request(CONFIG))).text();
    const late = new Promise((_, refuse) => setTimeout(refuse, PATIENCE, new Error('the engine does not answer')));
    await Promise.race([wasm_bindgen.wake(mail, text), late]);
  });
  waking = woken.catch(() => {});
  return woken;
}

function importEngine() {
  if (typeof wasm_bindgen === 'undefined') importScripts(policy.createScriptURL('/engine.js'));
  // The script says which wasm it belongs to: a server that changes builds just now must not mix them.
  if (self.petrelEngine !== fileOf(ENGINE)?.[2]) throw new Error('/engine.js: not of this build');
}

const fileOf = (wanted) => FILES.find(([path]) => path === wanted);

async function engineFile() {
  const shell = await caches.has(SHELL) ? await caches.open(SHELL) : undefined;
  return await shell?.match(ENGINE) ?? (await fetchFile(fileOf(ENGINE)))[1];
}

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
