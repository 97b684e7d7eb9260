// What a person does. It is on the screen in the same frame, then in the store together with an entry of the outbox,
// and then at the server, whenever that can be reached.
import { database } from './database.js';
import { afterPaint, markPainted } from './marks.js';
import { countFolders, folderOf, set, showRows, shownIds, state } from './state.js';

/** Set by the part that speaks to the server, once it is loaded. */
export const server = { wake() {}, body: () => Promise.reject(new Error('not connected')) };

export function step(by) {
  const ids = shownIds();
  const index = ids.indexOf(state.current);
  const next = ids[Math.min(Math.max(index + by, 0), ids.length - 1)];
  if (next !== undefined && next !== state.current) set({ current: next });
}

const bodies = new Map();

/** Keeps a body at hand, the last hundred of them. */
function keep(body) {
  bodies.set(body.id, body);
  if (bodies.size > 100) bodies.delete(bodies.keys().next().value);
  return body;
}

async function bodyOf(id) {
  const kept = await database.bodies.get(id);
  if (kept) return keep(kept);
  const body = await server.body(id);
  database.bodies.put(body);
  return keep(body);
}

/** Opens a message, and marks it read once it is shown. */
export async function openMessage(id) {
  const row = state.rows.get(id) ?? await database.messages.get(id);
  if (!row) return;
  set({ open: row, current: id, body: bodies.get(id) });
  if (!state.body) {
    const body = await bodyOf(id).catch(() => ({ id, failed: true }));
    if (state.open?.id !== id) return;
    set({ body });
  }
  if (!state.body.failed) afterPaint(() => { if (state.open?.id === id && !state.open.isRead) setRead(state.open, true); });
}

export const closeMessage = () => set({ open: undefined, body: undefined });

/** Tells that a body was put into the frame. */
export const bodyShown = (id) => markPainted('body', { id });

/** Writes a change of a row and its outbox entry in one transaction, then lets the server know. */
async function commit(change, entry) {
  await database.transaction('rw', database.messages, database.outbox, database.changed, () => {
    change();
    database.outbox.add(entry);
  });
  server.wake();
}

function setRead(row, isRead) {
  const changed = { ...row, isRead };
  const isOpen = state.open?.id === row.id;
  showRows([changed], isOpen ? { open: changed } : {});
  countFolders({ [row.folder]: { unread: isRead ? -1 : 1 } });
  commit(() => database.messages.put(changed), { kind: 'read', id: row.id, isRead });
}

function moveTo(row, folder) {
  if (!folder || folder.id === row.folder) return;
  const ids = shownIds();
  const index = ids.indexOf(row.id);
  const rest = ids.filter((id) => id !== row.id);
  const next = rest[Math.min(index, rest.length - 1)];
  const wasOpen = state.open?.id === row.id;
  const unread = row.isRead ? 0 : 1;
  set(state.found ? { found: rest, current: next } : { ids: rest, total: state.total - 1, current: next });
  countFolders({ [row.folder]: { total: -1, unread: -unread }, [folder.id]: { total: 1, unread } });
  if (wasOpen && next !== undefined) openMessage(next);
  else if (wasOpen) closeMessage();
  const changed = { ...row, folder: folder.id };
  commit(() => {
    database.messages.put(changed);
    database.changed.put({ id: row.id });
  }, { kind: 'move', id: row.id, to: folder.id });
}

/** Acts on the open message, or on the current row where none is open. */
export function act(verb) {
  const row = state.open ?? state.rows.get(state.current);
  if (!row) return;
  if (verb === 'read') setRead(row, !row.isRead);
  if (verb === 'archive') moveTo(row, folderOf('archive'));
  if (verb === 'delete') moveTo(row, folderOf('deleteditems'));
}

/** Puts a new mail into the outbox. */
export async function send(mail) {
  set({ composing: false });
  await database.outbox.add({ kind: 'send', mail });
  server.wake();
}
