// Compares each option of `CHOICES` with its alternatives, two peers side by side in ABBA order, to show that the fastest was taken.
// OPTIONS.md holds what it printed; run it again after a change: `node bench/peer-roundcube/compare.mjs [MESSAGES] [ROUNDS] [NAME]`.
import { join } from 'node:path';
import { openBrowser } from '../../tests/e2e/support/browser.mjs';
import { Sandbox } from '../../tests/e2e/support/sandbox.mjs';
import * as roundcube from '../contenders/roundcube.mjs';
import { FOLDER } from './setup.mjs';

const ALTERNATIVES = {
  'the same twice': {},
  '200 messages a page': { mail_pagesize: 200 },
  'sorted by the Date header': { message_sort_col: 'date' },
  'sorted by arrival': { message_sort_col: 'arrival' },
  'cache in the database': { imap_cache: 'db', messages_cache: 'db' },
  'cache in APCu': { imap_cache: 'apc', messages_cache: 'apc' },
  'sessions in the database': { session_storage: 'db' },
  'pages not compressed': { gzipLevel: 0 },
  'pages compressed harder': { gzipLevel: 6 },
  'PHP compiled (JIT)': { jit: true },
};
const ACTS = ['open', 'message', 'page', 'search'];

const [messages = 5_000, rounds = 10] = process.argv.slice(2, 4).map(Number);
const only = process.argv[4];

const sandbox = await Sandbox.start({ messages, seed: 7 });
const { page, close } = await openBrowser();
try {
  console.log(`${messages} messages, ${rounds} rounds; alternative ÷ chosen, above 1 is slower\n${['', ...ACTS].map(column).join('')}`);
  for (const [name, choices] of Object.entries(ALTERNATIVES)) {
    if (!only || name === only) console.log(column(name) + (await compared(choices)).map(column).join(''));
  }
} finally {
  await close();
  await sandbox.kill();
}

/** Median ratios of alternative to chosen, one for each act, with the chosen's median time. */
async function compared(choices) {
  const chosen = await roundcube.start({ sandbox, folder: join(FOLDER, 'a') });
  const other = await roundcube.start({ sandbox, folder: join(FOLDER, 'b'), choices });
  try {
    const subjects = [...onlyOnce(chosen)];
    await roundcube.signIn(page, chosen);
    await roundcube.signIn(page, other);
    const times = [];
    for (let round = -1; round < rounds; round += 1) {
      const subject = subjects[(round + 1) % subjects.length];
      const four = [];
      for (const one of [chosen, other, other, chosen]) four.push(await acts(one, subject));
      // The first round fills caches.
      if (round >= 0) times.push(four);
    }
    return ACTS.map((_, at) => {
      const ratio = median(times.map(([a, b, c, d]) => (b[at] + c[at]) / (a[at] + d[at])));
      return `${ratio.toFixed(2)} (${median(times.map(([a, , , d]) => (a[at] + d[at]) / 2)).toFixed(0)} ms)`;
    });
  } finally {
    await Promise.all([chosen.stop(), other.stop()]);
  }
}

async function acts(c, subject) {
  const open = await roundcube.warmOpen(page, c);
  const message = await roundcube.openMessage(page, c, subject);
  return [open, message, await roundcube.scrollPage(page, c), await roundcube.search(page, c, 'release')];
}

/** Subjects that one message of the first page has, and no other. */
function* onlyOnce({ folders, pageSize }) {
  const first = folders.find(({ name }) => name === 'INBOX').list.slice(0, pageSize).map(({ subject }) => subject);
  for (const subject of first) if (first.indexOf(subject) === first.lastIndexOf(subject)) yield subject;
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function column(text) { return text.padEnd(26).slice(0, 26); }
