// Search as one types: the words go to a worker that holds the index, the newest answer wins, and the first screen of
// rows is read before the list changes, so that one paint shows it all.
import { database } from './database.js';
import { markPainted } from './marks.js';
import { set, showRows, state } from './state.js';

/** Rows of the first screen of results. */
const SCREEN = 40;

let worker;
let asked = '';
let answered;

function work() {
  if (!worker) {
    worker = new Worker('/search-worker.js');
    worker.onmessage = ({ data }) => {
      answered?.(data);
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

const answerTo = (query) => new Promise((done) => {
  answered = done;
  work().postMessage({ kind: 'search', query });
});

let searching = false;

/** Shows what the words find. One question is under way at a time: words typed meanwhile make the next one. */
export async function search(query) {
  asked = query.trim();
  if (searching) return;
  searching = true;
  let last = '';
  while (asked !== last) {
    last = asked;
    if (last) await show(last, await answerTo(last));
  }
  searching = false;
  if (!asked && state.found) set({ found: undefined, current: state.ids[0] });
}

async function show(query, { ids, count }) {
  const missing = ids.slice(0, SCREEN).filter((id) => !state.rows.has(id));
  const rows = missing.length > 0 ? await database.messages.bulkGet(missing) : [];
  if (query !== asked) return;
  showRows(rows.filter(Boolean), { found: ids, current: ids[0] });
  markPainted('results', { query, count });
}
