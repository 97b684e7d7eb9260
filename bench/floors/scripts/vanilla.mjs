// The vanilla mailbox: opens the database before anything else, paints the first screen from one request, and then
// follows the scroll, the keys and the socket.
import { ID, countOf, pack, packDirectory, rowOf, unpackDirectory } from '../rows.mjs';
import { drawCounts, drawFolders } from './folders.mjs';
import { connect, deltaOf, page } from './graph.mjs';
import { keepFiles } from './keep.mjs';
import { List } from './list.mjs';
import { Mailbox } from './mailbox.mjs';
import { afterPaint, mark } from './paint.mjs';
import { DIRECTORY, openStore, readStart, write } from './store.mjs';

/** Height of the heading and the footer, which the list's view is without; measured once the first rows are painted. */
const AROUND = 86;
/** More rows than any first screen shows. */
const FIRST_SCREEN = 40;
const parsed = new Promise((done) => {
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', done, { once: true });
  else done();
});
const stored = openStore().then(async (db) => {
  const mailbox = new Mailbox(db, await readStart(db));
  // The newest segment alone fills the screen unless it was begun by mail that came since.
  await mailbox.want(0, FIRST_SCREEN);
  return [db, mailbox];
});
const started = Promise.all([stored, parsed]).then(([[db, mailbox]]) => start(db, mailbox));

function start(db, mailbox) {
  const find = (id) => document.getElementById(id);
  const grid = find('messages');
  const tree = document.querySelector('.tree');
  const summary = document.querySelector('.list-summary');
  drawFolders(tree, find('folder'), mailbox.folders);
  drawCounts(tree, summary, mailbox.folders);
  const list = new List(grid, find('row'), mailbox, innerHeight - AROUND);
  if (mailbox.total > 0) list.select(0);
  find('boot').remove();
  listenToKeys(list);
  afterPaint(() => {
    if (mailbox.total > 0) mark('first-list');
    mark('interactive');
    list.readsAhead = true;
    list.resize(grid.clientHeight);
    keepFiles();
  });
  addEventListener('resize', () => list.resize(grid.clientHeight));
  return { db, mailbox, list, counts: () => drawCounts(tree, summary, mailbox.folders) };
}

function listenToKeys(list) {
  const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
  addEventListener('keydown', (event) => {
    const by = steps[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    list.step(by);
  });
}

/** Packs and stores rows as Graph tells them, newest first; further calls with `more` append. The page shows them when it is loaded again. */
window.seed = async (messages, { more = false, folders } = {}) => {
  const { db } = await started;
  const [directory] = more ? await readStart(db) : [];
  const known = directory ? unpackDirectory(directory) : { keys: [], counts: [], folders: [] };
  const packed = pack(messages.map(rowOf));
  const next = (known.keys.at(-1) ?? -1) + 1;
  known.keys.push(...packed.map((_, at) => next + at));
  known.counts.push(...packed.map(countOf));
  known.folders = folders ?? known.folders;
  await write(db, [[DIRECTORY, packDirectory(known)], ...packed.map((bytes, at) => [next + at, bytes])], { fresh: !more });
  return known.counts.reduce((sum, count) => sum + count, 0);
};

/**
 * Connects to the service. With `?fetch=1` in the page's address a notification is followed by the inbox's delta, whose
 * new rows are painted; without, the row is made from the notification alone, which is the socket's own limit.
 */
window.listen = async ({ graph, token }) => {
  const app = await started;
  const fetches = new URLSearchParams(location.search).has('fetch');
  let link = deltaOf(graph, 'inbox');
  if (fetches) link = await follow(link, token, () => {});
  let asked = 0;
  let asking = false;
  const top = () => app.mailbox.row(0)?.received ?? -Infinity;
  const show = (messages) => {
    const before = top();
    const rows = messages.map(rowOf).filter(({ received }) => received >= before);
    if (rows.length === 0) return;
    app.list.grown(rows.map((row) => app.mailbox.insert(row)));
    app.counts();
    afterPaint(() => {
      for (const { texts } of rows) mark('row', { id: texts[ID] });
      if (fetches) app.mailbox.keep();
    });
  };
  const fetchAll = async () => {
    if (asking) return;
    asking = true;
    try {
      for (let done = -1; done !== asked;) {
        done = asked;
        link = await follow(link, token, (value) => show(value.filter((message) => message.receivedDateTime && !has(app, message.id))));
      }
    } finally {
      asking = false;
    }
  };
  await connect({ graph, token }, (records, at) => {
    performance.mark('floor:frame', { startTime: at });
    asked += 1;
    if (fetches) fetchAll();
    else show(records.map(({ arguments: [text] }) => JSON.parse(text)).filter(({ changeType }) => changeType === 'created').map(bare));
  });
  const live = document.querySelector('[data-live]');
  live.dataset.live = 'live';
  live.lastChild.data = 'Up to date';
};

/** Whether a message is among the newest rows: a delta also tells of rows that only changed. */
function has({ mailbox }, id) {
  for (let index = 0; index < Math.min(mailbox.total, 100); index += 1) if (mailbox.row(index)?.texts[ID] === id) return true;
  return false;
}

/** What a notification alone tells of a message. */
const bare = ({ resourceData: { id } }) => ({ id, receivedDateTime: new Date().toISOString() });

async function follow(link, token, take) {
  for (let next = link; ;) {
    const answer = await page(next, token);
    take(answer.value);
    if (answer.link) return answer.link;
    next = answer.next;
  }
}
