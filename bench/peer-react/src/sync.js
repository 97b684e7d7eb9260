// Follows every folder by its delta link: rows go onto the screen first, where they are looked at, and into Dexie
// with one `bulkPut` a page. Links are kept, so that the next start asks for changes only.
import { database } from './database.js';
import { FULL, IMMUTABLE, ask, eachPage } from './graph.js';
import { mark } from './marks.js';
import { FIELDS, ROLES, merged, rowOf, tree } from './rows.js';
import { indexChanged } from './search.js';
import { readIds, set, showChanges, showFolders, state, syncing } from './state.js';

/** Graph takes four requests at a time of one app for one mailbox. */
const LANES = 4;
const PAGE = `${IMMUTABLE}, odata.maxpagesize=${FULL}`;
const FOLDER_FIELDS = 'id,displayName,parentFolderId,totalItemCount,unreadItemCount,isHidden';
/** How many of the newest bodies are fetched before anybody asks. */
const AT_HAND = 25;

/** Messages with an act that has not reached the server: what the server says of them is old. */
export const pending = new Set();

/** Works on all items with a few at a time. */
async function inLanes(items, lanes, work) {
  const queue = [...items];
  await Promise.all(Array.from({ length: lanes }, async () => { for (let item; (item = queue.shift());) await work(item); }));
}

let folderLink;
let roles;

async function rolesOf() {
  const entries = await Promise.all(ROLES.map(async (name) => {
    const found = await (await ask(`/me/mailFolders/${name}?$select=id`)).get().catch((error) => { if (error.statusCode !== 404) throw error; });
    return found && [found.id, name];
  }));
  return new Map(entries.filter(Boolean));
}

async function pullTree() {
  const kept = new Map((state.folders.length > 0 ? state.folders : await database.folders.toArray()).map((folder) => [folder.id, folder]));
  folderLink ??= (await database.cursors.get('folders'))?.link;
  if (!folderLink) kept.clear();
  const changed = [];
  const [link] = await Promise.all([
    eachPage(folderLink ?? `/me/mailFolders/delta?$select=${FOLDER_FIELDS}`, PAGE, async (items) => { changed.push(...items); }),
    (async () => { if (kept.size === 0) roles ??= await rolesOf(); })(),
  ]);
  for (const item of changed) {
    const was = kept.get(item.id);
    if (item['@removed']) kept.delete(item.id);
    else {
      kept.set(item.id, {
        id: item.id, name: item.displayName ?? was?.name ?? '', parent: item.parentFolderId ?? was?.parent, total: item.totalItemCount ?? was?.total ?? 0,
        unread: item.unreadItemCount ?? was?.unread ?? 0, hidden: item.isHidden ?? was?.hidden ?? false, wellKnown: was?.wellKnown ?? roles?.get(item.id),
      });
    }
  }
  folderLink = link;
  if (changed.length === 0 && state.folders.length > 0) return state.folders;
  const folders = tree([...kept.values()]);
  showFolders(folders);
  await database.transaction('rw', database.folders, database.cursors, async () => {
    await database.folders.clear();
    await database.folders.bulkPut(folders);
    await database.cursors.put({ folder: 'folders', link });
  });
  return folders;
}

let stored = 0;

async function takeFirst(folder, items) {
  const rows = items.filter((item) => !item['@removed']).map(rowOf);
  showChanges(folder, rows, [], true);
  await database.messages.bulkPut(rows);
  stored += rows.length;
}

async function takeChanges(folder, items) {
  const here = items.filter(({ id }) => !pending.has(id));
  if (here.length === 0) return;
  const gone = here.filter((item) => item['@removed']).map(({ id }) => id);
  const said = here.filter((item) => !item['@removed']);
  const isWhole = (item) => item.receivedDateTime !== undefined && item.subject !== undefined && item.parentFolderId !== undefined;
  const parts = said.filter((item) => !isWhole(item));
  const kept = parts.length > 0 ? await database.messages.bulkGet(parts.map(({ id }) => id)) : [];
  const rows = said.filter(isWhole).map(rowOf);
  parts.forEach((item, at) => { if (kept[at]) rows.push(merged(kept[at], item)); });
  const reread = showChanges(folder, rows, gone, false);
  await database.transaction('rw', database.messages, database.changed, async () => {
    database.messages.bulkPut(rows);
    database.changed.bulkPut(here.map(({ id }) => ({ id })));
    // A message that moved is already another folder's.
    const left = gone.length > 0 ? await database.messages.bulkGet(gone) : [];
    const dead = left.filter((row) => row?.folder === folder).map(({ id }) => id);
    if (dead.length > 0) await database.messages.bulkDelete(dead);
  });
  if (reread) await readIds();
  indexChanged();
}

/** The delta links read so far: the live channel's question does not wait for the store. */
const links = new Map();

async function linkOf(folder) {
  if (!links.has(folder)) links.set(folder, (await database.cursors.get(folder))?.link);
  return links.get(folder);
}

async function keepLink(folder, link) {
  links.set(folder, link);
  await database.cursors.put({ folder, link });
}

const turns = new Map();

/** Does work on one thing after whatever is being done on it. */
function inTurn(thing, work) {
  const turn = (turns.get(thing) ?? Promise.resolve()).catch(() => {}).then(work);
  turns.set(thing, turn);
  return turn;
}

/** Brings a folder up to date; true where something changed. */
export const pull = (folder) => inTurn(folder, () => pullOnce(folder));
/** Brings the folder tree up to date. */
export const pullFolders = () => inTurn('folders', pullTree);
/** Fetches the newest bodies of the inbox that are not here. */
export const fetchBodiesAhead = (inbox) => inTurn('bodies', () => fetchNewest(inbox));

async function pullOnce(folder) {
  const link = await linkOf(folder);
  let changed = false;
  if (!link) syncing.add(folder);
  const first = `/me/mailFolders/${folder}/messages/delta?$select=${FIELDS}&$orderby=receivedDateTime desc`;
  try {
    const next = await eachPage(link ?? first, PAGE, (items) => {
      changed ||= items.length > 0;
      return link ? takeChanges(folder, items) : takeFirst(folder, items);
    });
    syncing.delete(folder);
    if (next !== link) await keepLink(folder, next);
  } catch (error) {
    // A link that is too old: this folder begins anew.
    if (error.statusCode !== 410 || !link) throw error;
    await keepLink(folder, undefined);
    return pullOnce(folder);
  }
  if (!link && folder === state.folder) {
    set({ known: true });
    await readIds();
  }
  return changed;
}

/** Brings everything up to date, the inbox first; tells when the first round of all is stored. */
export async function pullAll(isFirst) {
  const folders = state.folders.filter(({ wellKnown }) => wellKnown !== 'inbox');
  const inbox = state.folders.find(({ wellKnown }) => wellKnown === 'inbox');
  await inLanes([inbox, ...folders.sort((a, b) => b.total - a.total)], LANES, (folder) => pull(folder.id));
  if (isFirst) mark('synced', { rows: stored });
}

/** Fetches one body. */
export async function fetchBody(id) {
  const { body, attachments } = await (await ask(
    `/me/messages/${id}?$select=body,hasAttachments&$expand=attachments($select=id,name,contentType,size,isInline)`,
    `${IMMUTABLE}, outlook.body-content-type="html"`,
  )).get();
  const files = (attachments ?? []).filter(({ isInline }) => !isInline).map(({ id: file, name, size }) => ({ id: file, name, size }));
  return { id, files, ...(body.contentType === 'html' ? { html: body.content } : { text: body.content }) };
}

async function fetchNewest(inbox) {
  const ids = await database.messages.where('[folder+order]').between([inbox, -Infinity], [inbox, Infinity]).limit(AT_HAND).primaryKeys();
  const kept = await database.bodies.bulkGet(ids);
  await inLanes(ids.filter((id, at) => !kept[at]), 2, async (id) => { await database.bodies.put(await fetchBody(id)); });
}
