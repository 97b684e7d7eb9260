// Search as one types: the words go to a worker that holds the index, the newest answer wins, and the first screen of
// rows is read before the list changes, so that one paint shows it all.
import { database } from './database.js';
import { markPainted } from './marks.js';
import { set, showRows, state } from './state.js';

/** Rows of the first screen of results. */
const SCREEN = 40;

let worker;
let number = 0;
const waiting = new Map();

function work() {
  if (!worker) {
    worker = new Worker('/search-worker.js');
    worker.onmessage = ({ data }) => {
      waiting.get(data.number)?.(data);
      waiting.delete(data.number);
    };
  }
  return worker;
}

/** Starts the worker with what is stored, so that the first key finds it ready. */
export const warmUp = () => work().postMessage({ kind: 'load' });
/** Builds the index of all rows, after the first sync. */
export const indexAll = () => work().postMessage({ kind: 'build' });
/** Rows changed in the store. */
export const indexChanged = () => worker?.postMessage({ kind: 'changed' });

export async function search(query) {
  const words = query.trim();
  number += 1;
  const mine = number;
  if (!words) {
    if (state.found) set({ found: undefined, current: state.ids[0] });
    return;
  }
  const answer = new Promise((done) => { waiting.set(mine, done); });
  work().postMessage({ kind: 'search', query: words, number: mine });
  const { ids, count } = await answer;
  if (mine !== number) return;
  const missing = ids.slice(0, SCREEN).filter((id) => !state.rows.has(id));
  const rows = missing.length > 0 ? await database.messages.bulkGet(missing) : [];
  if (mine !== number) return;
  showRows(rows.filter(Boolean), { found: ids, current: ids[0] });
  markPainted('results', { query: words, count });
}
