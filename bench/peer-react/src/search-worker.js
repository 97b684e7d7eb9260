// The search index in a worker: MiniSearch over subject, sender and preview. It is kept as text in the store, because
// reading that is several times faster than indexing anew; rows that changed since are indexed at the start.
import MiniSearch from 'minisearch';
import { database } from './database.js';

const OPTIONS = { fields: ['subject', 'sender', 'preview'], storeFields: ['order'], searchOptions: { prefix: true, combineWith: 'AND' } };
/** Results a list shows. */
const MOST = 200;
/** So many changes are worth writing the whole index again. */
const MANY = 500;
const CHUNK = 2_000;

let index = new MiniSearch(OPTIONS);
let ready = Promise.resolve();
let loaded = false;

const entry = ({ id, order, subject, preview, from }) => ({ id, order, subject, preview, sender: from ? `${from.name} ${from.address}` : '' });

async function keep() {
  const changed = await database.changed.toCollection().primaryKeys();
  await apply(changed);
  const text = JSON.stringify(index);
  await database.transaction('rw', database.index, database.changed, async () => {
    await database.index.put({ name: 'headers', text });
    await database.changed.bulkDelete(changed);
  });
}

async function apply(ids) {
  const rows = await database.messages.bulkGet(ids);
  ids.forEach((id, at) => {
    if (index.has(id)) index.discard(id);
    if (rows[at]) index.add(entry(rows[at]));
  });
}

async function build() {
  loaded = true;
  index = new MiniSearch(OPTIONS);
  let last = '';
  for (;;) {
    const rows = await database.messages.where('id').above(last).limit(CHUNK).toArray();
    if (rows.length === 0) break;
    last = rows.at(-1).id;
    index.addAll(rows.map(entry));
  }
  await keep();
}

async function load() {
  if (loaded) return;
  const kept = await database.index.get('headers');
  if (!kept) {
    await build();
    return;
  }
  loaded = true;
  index = MiniSearch.loadJSON(kept.text, OPTIONS);
  await changed();
}

async function changed() {
  if (!loaded) return;
  const ids = await database.changed.toCollection().primaryKeys();
  await apply(ids);
  if (ids.length > MANY) await keep();
}

function search({ query }) {
  const found = index.search(query);
  found.sort((a, b) => a.order - b.order);
  postMessage({ count: found.length, ids: found.slice(0, MOST).map(({ id }) => id) });
}

const jobs = { load, build, changed, search: async (asked) => { await load(); search(asked); } };

onmessage = ({ data }) => {
  // One after another: a search sees every change that was told before it.
  ready = ready.then(() => jobs[data.kind](data)).catch((error) => {
    console.warn(error);
    if (data.kind === 'search') postMessage({ count: 0, ids: [] });
  });
};
