// What the page shows, in one object with listeners: `useSyncExternalStore` with selectors, so that a change draws
// only what it concerns. The open folder is a list of ids in memory; rows are read for the part that is looked at.
import { useSyncExternalStore } from 'react';
import { database, firstRows, idsOf } from './database.js';
import { afterPaint, markPainted } from './marks.js';

/** Beyond this many, rows far from the screen are forgotten. */
const KEPT = 3_000;

export const state = {
  signedIn: false, username: '', environment: '', live: 'offline',
  folders: [], folder: undefined,
  // The open folder: `ids` newest first, `total` its whole size, `rows` those read so far, `turn` counts their changes.
  ids: [], total: 0, known: false, rows: new Map(), turn: 0,
  query: '', found: undefined,
  current: undefined, open: undefined, body: undefined, composing: false,
  // Whether the first rows are on the screen.
  settled: false,
};

const listeners = new Set();
const subscribe = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function set(change) {
  Object.assign(state, change);
  for (const listener of listeners) listener();
}

export const useApp = (select) => useSyncExternalStore(subscribe, () => select(state));

/** Ids in the order shown: what a search found, or the folder. */
export const shownIds = () => state.found ?? state.ids;

let painted = false;

/** Shows rows of the open folder; tells of the very first ones. */
export function showRows(rows, change = {}) {
  for (const row of rows) state.rows.set(row.id, row);
  set({ ...change, turn: state.turn + 1 });
  if (!painted && rows.length > 0) {
    painted = true;
    markPainted('first-list');
    afterPaint(() => set({ settled: true }));
  }
}

/** Opens a folder with its first screen; the ids of all the rest follow. */
export async function openFolder(id, first) {
  set({ folder: id, found: undefined, query: '' });
  const rows = first ?? await firstRows(id);
  if (state.folder !== id) return;
  const total = state.folders.find((folder) => folder.id === id)?.total ?? 0;
  state.rows = new Map();
  showRows(rows, {
    ids: rows.map((row) => row.id), total: Math.max(total, rows.length), known: rows.length > 0 || total === 0, current: rows[0]?.id,
  });
  if (first) return;
  await readIds();
}

/** Reads the ids of the whole open folder anew. */
export async function readIds() {
  const { folder: id, ids: before } = state;
  if (!id) return;
  const ids = await idsOf(id).catch(() => undefined);
  if (!ids || state.folder !== id) return;
  if (state.ids !== before) {
    // What arrived or left meanwhile may be missing here.
    await readIds();
  } else {
    set({ ids, total: syncing.has(id) ? Math.max(state.total, ids.length) : ids.length, known: state.known || ids.length > 0, turn: state.turn + 1 });
  }
}

/** Folders whose first round is under way: the server's count is their size until it ends. */
export const syncing = new Set();

const asked = new Set();

/** Reads rows around those between two places of what is shown: `ahead` of them, once one within `near` is missing. */
export async function needRows(start, end, near, ahead) {
  const shown = shownIds();
  const around = (by) => shown.slice(Math.max(0, start - by), end + by).filter((id) => !state.rows.has(id) && !asked.has(id));
  if (around(near).length === 0) return;
  const ids = around(ahead);
  for (const id of ids) asked.add(id);
  const rows = await database.messages.bulkGet(ids).catch(() => []);
  for (const id of ids) asked.delete(id);
  if (state.rows.size > KEPT) forget(start, end);
  showRows(rows.filter(Boolean));
}

function forget(start, end) {
  const ids = shownIds();
  const near = new Set([...ids.slice(0, 100), ...ids.slice(Math.max(0, start - 500), end + 500), state.open?.id, state.current]);
  for (const id of state.rows.keys()) if (!near.has(id)) state.rows.delete(id);
}

export const folderOf = (wellKnown) => state.folders.find((folder) => folder.wellKnown === wellKnown);

/** Replaces folders and, for the open one, what is known of its size. */
export function showFolders(folders) {
  const open = folders.find((folder) => folder.id === state.folder);
  set({ folders, ...(open && syncing.has(open.id) && { total: Math.max(open.total, state.ids.length) }) });
}

/** Adds to the counts of folders before the server says them. */
export function countFolders(changes) {
  set({ folders: state.folders.map((folder) => {
    const change = changes[folder.id];
    return change ? { ...folder, total: folder.total + (change.total ?? 0), unread: Math.max(0, folder.unread + (change.unread ?? 0)) } : folder;
  }) });
}

/** Brings changes of the open folder onto the screen; true where only the store knows the new order. */
export function showChanges(folder, rows, gone, append) {
  if (folder !== state.folder) return false;
  if (append) {
    // The first round comes newest first; behind the first screen only the ids are kept.
    const known = new Set(state.ids);
    const fresh = rows.filter((row) => !known.has(row.id));
    const ids = state.ids.concat(fresh.map((row) => row.id));
    showRows(rows.slice(0, Math.max(0, 60 - state.rows.size)), { ids, total: Math.max(state.total, ids.length), known: true, current: state.current ?? ids[0] });
    return false;
  }
  const here = rows.length + gone.length > 20 ? new Set(state.ids) : { has: (id) => state.rows.has(id) || state.ids.includes(id) };
  const top = state.rows.get(state.ids[0]);
  const fresh = rows.filter((row) => !here.has(row.id)).sort((a, b) => a.order - b.order);
  const above = top === undefined ? [] : fresh.filter((row) => row.order <= top.order);
  let ids = above.length > 0 ? above.map((row) => row.id).concat(state.ids) : state.ids;
  const left = new Set(gone.filter((id) => here.has(id)));
  if (left.size > 0) ids = ids.filter((id) => !left.has(id));
  const current = left.has(state.current) ? ids[0] : state.current;
  const open = rows.find((row) => row.id === state.open?.id) ?? state.open;
  showRows(above.length > 200 ? above.slice(0, 60).concat(rows.filter((row) => state.rows.has(row.id))) : rows, { ids, total: ids.length, known: true, current: current ?? ids[0], open });
  const list = above.length > 0 && document.querySelector('[role=grid]');
  if (!state.found && list && list.scrollTop < 1) for (const row of above.slice(0, 20)) markPainted('row', { id: row.id });
  return above.length < fresh.length;
}
