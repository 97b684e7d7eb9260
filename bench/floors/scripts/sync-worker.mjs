// Every row of every folder: fetched, parsed, packed and stored page by page, each page with its cursor in one
// transaction. The next page is asked for before this one is packed, and four folders go at a time, as Graph allows.
import { countOf, pack, rowOf } from '../rows.mjs';
import { deltaOf, page } from './graph.mjs';

const AT_ONCE = 4;
const DATABASE = 'floor-sync';

const request = (asked) => new Promise((done, fail) => {
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => fail(asked.error);
});

function open() {
  const asked = indexedDB.open(DATABASE, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore('segments');
    asked.result.createObjectStore('cursors');
  };
  return request(asked);
}

const opened = open();

function transact(db, stores, work) {
  return new Promise((done, fail) => {
    const transaction = db.transaction(stores, 'readwrite', { durability: 'relaxed' });
    transaction.oncomplete = () => done();
    transaction.onabort = () => fail(transaction.error);
    work(transaction);
  });
}

async function folders({ graph, token }) {
  const all = [];
  for (let next = `${graph}/v1.0/me/mailFolders/delta?$select=id,displayName,parentFolderId,totalItemCount,unreadItemCount,isHidden`; next;) {
    const answer = await page(next, token, 200);
    all.push(...answer.value);
    next = answer.next;
  }
  // The largest first, so that none of them is left over at the end.
  return all.sort((a, b) => b.totalItemCount - a.totalItemCount).map(({ id }) => id);
}

async function syncFolder(db, { graph, token }, folder) {
  let rows = 0;
  let stored = Promise.resolve();
  let place = 0;
  for (let coming = page(deltaOf(graph, folder), token); coming;) {
    const { value, next, link } = await coming;
    coming = next && page(next, token);
    const packed = pack(value.filter((message) => !message['@removed']).map(rowOf));
    // The last page must be stored before this one is, and need not be before it is packed.
    await stored;
    stored = transact(db, ['segments', 'cursors'], (transaction) => {
      const segments = transaction.objectStore('segments');
      for (const bytes of packed) {
        segments.put(bytes, [folder, place]);
        place += 1;
      }
      transaction.objectStore('cursors').put(link ?? next, folder);
    });
    for (const bytes of packed) rows += countOf(bytes);
  }
  await stored;
  return rows;
}

async function sync(service) {
  const db = await opened;
  await transact(db, ['segments', 'cursors'], (transaction) => {
    transaction.objectStore('segments').clear();
    transaction.objectStore('cursors').clear();
  });
  const waiting = await folders(service);
  let rows = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let folder = waiting.shift(); folder; folder = waiting.shift()) {
      const stored = await syncFolder(db, service, folder);
      rows += stored;
    }
  }));
  return { rows };
}

async function count() {
  const table = (await opened).transaction('segments').objectStore('segments');
  const [keys, values] = await Promise.all([request(table.getAllKeys()), request(table.getAll())]);
  const found = {};
  keys.forEach(([folder], at) => { found[folder] = (found[folder] ?? 0) + countOf(values[at]); });
  return { folders: found };
}

onmessage = async ({ data }) => {
  try {
    postMessage(data.sync ? await sync(data.sync) : await count());
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
};
