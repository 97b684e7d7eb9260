// Everything that needs the network: begun after the first paint, loaded after it in the split build.
import { account, needsPerson, redirectIn, redirectOut } from './auth.js';
import { server } from './acts.js';
import { database } from './database.js';
import { keepSession, session } from './first-read.js';
import { connect } from './live.js';
import { flush } from './outbox.js';
import { indexAll, warmUp } from './search.js';
import { folderOf, openFolder, set, state } from './state.js';
import { fetchBodiesAhead, fetchBody, pull, pullAll, pullFolders } from './sync.js';

export const signIn = redirectIn;

export async function signOut() {
  localStorage.removeItem('peer.session');
  await database.delete();
  await redirectOut();
}

/** How long to wait before trying again what failed for no reason that would be told. */
const PATIENCE = 30_000;

let hub;
let listening;
let synced = Boolean(session?.synced);

let pulling;
let again = false;

/** Asks for the inbox's changes; what arrives while a question is under way makes one more. */
export function pullInbox() {
  again = true;
  pulling ??= (async () => {
    while (again) {
      again = false;
      const inbox = folderOf('inbox');
      if (inbox && await pull(inbox.id)) afterChange(inbox.id);
    }
  })().catch(lost).finally(() => { pulling = undefined; });
  return pulling;
}

let settling;
/** Counts and bodies follow once the rows are there. */
function afterChange(inbox) {
  clearTimeout(settling);
  settling = setTimeout(() => {
    pullFolders().catch(lost);
    fetchBodiesAhead(inbox).catch(lost);
  }, 300);
}

let retrying;

function lost(error) {
  if (needsPerson(error)) {
    set({ live: 'signed-out' });
    return;
  }
  if (hub?.state !== 'Connected') set({ live: 'offline' });
  clearTimeout(retrying);
  retrying = setTimeout(goOnline, PATIENCE);
}

/** Opens the live channel, unless it is open or opening by itself. */
function listen() {
  if (hub?.state === 'Connected') set({ live: 'live' });
  if (hub && hub.state !== 'Disconnected') return;
  listening ??= connect(pullInbox, () => { goOnline(); })
    .then((connection) => { hub = connection; })
    .catch(lost)
    .finally(() => { listening = undefined; });
}

async function begin() {
  const found = await account();
  if (!found) {
    set(session ? { live: 'signed-out' } : { signedIn: false });
    return;
  }
  if (location.hash) history.replaceState(null, '', '/');
  if (state.signedIn) listen();
  const folders = await pullFolders();
  const inbox = folders.find(({ wellKnown }) => wellKnown === 'inbox').id;
  if (!state.signedIn) {
    set({ signedIn: true, username: found.username });
    await openFolder(inbox);
    keepSession({ username: found.username, inbox });
  }
  server.wake = () => { flush().catch(lost); };
  server.body = fetchBody;
  server.wake();
  listen();
  await pullAll(!synced);
  if (synced) {
    warmUp();
  } else {
    synced = true;
    keepSession({ username: found.username, inbox, synced });
    indexAll();
  }
  await fetchBodiesAhead(inbox);
}

let beginning;

/** Signs in silently, brings the store up to date and keeps it so. */
export function goOnline() {
  beginning ??= begin().catch(lost).finally(() => { beginning = undefined; });
  return beginning;
}

window.addEventListener('online', goOnline);
window.addEventListener('offline', () => set({ live: 'offline' }));
document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible' && hub) pullInbox(); });

