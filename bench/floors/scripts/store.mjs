// The mailbox in IndexedDB: one packed segment per record and a directory that sorts before all of them, so that one
// request in one transaction brings everything a start needs.

const DATABASE = 'floor-mailbox';
const TABLE = 'mail';
export const DIRECTORY = -Infinity;

export function openStore() {
  return new Promise((done, fail) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

function answer(request) {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

/** The directory and the newest segment, or neither. */
export const readStart = (db) => answer(db.transaction(TABLE).objectStore(TABLE).getAll(undefined, 2));

/** The segments whose keys lie between two, both among them. */
export const readSegments = (db, first, last) => answer(db.transaction(TABLE).objectStore(TABLE).getAll(IDBKeyRange.bound(first, last)));

/** Writes records, `[key, bytes]` each, in one transaction; `fresh` empties the store first, `gone` are keys to remove. */
export function write(db, records, { fresh = false, gone = [] } = {}) {
  return new Promise((done, fail) => {
    const transaction = db.transaction(TABLE, 'readwrite', { durability: 'relaxed' });
    transaction.oncomplete = () => done();
    transaction.onabort = () => fail(transaction.error);
    const table = transaction.objectStore(TABLE);
    if (fresh) table.clear();
    for (const key of gone) table.delete(key);
    for (const [key, bytes] of records) table.put(bytes, key);
  });
}
