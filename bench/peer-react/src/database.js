// The device's store: Dexie over IndexedDB. The order of a folder is kept as the negative time of arrival,
// so that "newest first" is a forward range, which one `getAll` answers without a cursor.
import { Dexie } from 'dexie';

export const database = new Dexie('peer', { chromeTransactionDurability: 'relaxed', cache: 'disabled' });
database.version(1).stores({
  messages: 'id, [folder+order]',
  folders: 'id',
  bodies: 'id',
  cursors: 'folder',
  outbox: '++number',
  // What search needs to start from: the index as it was last written, and which rows changed since.
  index: 'name',
  changed: 'id',
});

/** All rows of a folder, newest first. */
export const rowsOf = (folder) => database.messages.where('[folder+order]').between([folder, Dexie.minKey], [folder, Dexie.maxKey]);

/** How many rows the first screen needs at most. */
const FIRST = 40;

export const firstRows = (folder) => rowsOf(folder).limit(FIRST).toArray();
export const idsOf = (folder) => rowsOf(folder).primaryKeys();
