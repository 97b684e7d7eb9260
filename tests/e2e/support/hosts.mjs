// Who runs the engine, seen from outside: the service worker woken as the browser wakes it, tabs that go in and out of view, and the diary of
// leaderships that every commit is written down in.
import assert from 'node:assert/strict';
import { until } from './sandbox.mjs';

/** The service worker of an origin, through the tools of any page of the same browser. */
export async function serviceWorkerOf(page, origin) {
  const tools = await page.context().newCDPSession(page);
  let registrationId;
  tools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const found = registrations.find(({ scopeURL, isDeleted }) => scopeURL === `${origin}/` && !isDeleted);
    registrationId = found?.registrationId ?? registrationId;
  });
  await tools.send('ServiceWorker.enable');
  await until('the service worker’s registration', () => registrationId);
  return {
    sync: () => tools.send('ServiceWorker.dispatchSyncEvent', { origin, registrationId, tag: 'petrel-outbox', lastChance: false }),
    periodicSync: () => tools.send('ServiceWorker.dispatchPeriodicSyncEvent', { origin, registrationId, tag: 'petrel-mail' }),
    push: (data = '') => tools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data }),
    stop: () => tools.send('ServiceWorker.stopAllWorkers'),
  };
}

/** Brings a tab into view or out of it, as far as the app can tell. */
export const see = (page, seen) => page.evaluate((state) => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
  document.dispatchEvent(new Event('visibilitychange'));
}, seen ? 'visible' : 'hidden');

/** Who has led so far, in the order of their commits: `{epoch, host, from, until, commits}`, times in milliseconds. */
export async function diary(page) {
  const entries = await page.evaluate(() => new Promise((done, fail) => {
    const opening = indexedDB.open('petrel');
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const asking = opening.result.transaction('meta').objectStore('meta').get('diary');
      asking.onerror = () => fail(asking.error);
      asking.onsuccess = () => { opening.result.close(); done(asking.result ?? []); };
    };
  }));
  return entries.map(([epoch, host, from, last, commits]) => ({ epoch, host, from, until: last, commits }));
}

/** At no time had two leaders' commits been accepted: each leadership is one entry, and begins after the one before wrote for the last time. */
export function hadOneWriter(entries) {
  for (const [at, entry] of entries.entries()) {
    const before = entries[at - 1];
    if (before) assert.ok(entry.epoch > before.epoch && entry.from >= before.until, `one writer at a time: ${JSON.stringify(entries)}`);
  }
}
