// The reads that the first paint waits for, begun before anything else of the app is evaluated.
// Who is signed in stands in local storage, because that can be known at once.
import { database, firstRows } from './database.js';

const KEY = 'peer.session';

/** `{username, inbox}` of whoever is signed in on this device. */
export const session = JSON.parse(localStorage.getItem(KEY) ?? 'null');
export const keepSession = (value) => localStorage.setItem(KEY, JSON.stringify(value));

/** The folders and the first screen of the inbox, or nothing where nobody is signed in. */
export const firstRead = session && Promise.all([database.folders.toArray(), firstRows(session.inbox)]);
