// Serves the pages' files from the browser's cache, the responses as they came. The build writes BUILD and FILES.
'use strict';

const BUILD = 'development';
const FILES = [];

const CACHE = `floors-${BUILD}`;
const opened = caches.open(CACHE);

self.addEventListener('install', (event) => event.waitUntil((async () => {
  await (await opened).addAll(FILES.map((path) => new Request(path, { cache: 'reload' })));
  await self.skipWaiting();
})()));

self.addEventListener('activate', (event) => event.waitUntil((async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith('floors-') && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
})()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method === 'GET' && origin === self.location.origin && FILES.includes(pathname)) event.respondWith(answer(request, pathname));
});

async function answer(request, pathname) {
  return await (await opened).match(pathname) ?? fetch(request);
}
