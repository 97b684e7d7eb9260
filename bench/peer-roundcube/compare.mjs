// Compares each option of `CHOICES` with its alternatives, two peers side by side in ABBA order, to show that the fastest was taken.
// Only the server's answers are timed, for only they differ. OPTIONS.md holds what it printed: `node compare.mjs [MESSAGES] [ROUNDS] [NAME]`.
import http from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
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
  'folders cached in APCu': { imap_cache: 'apc' },
  'sessions in the database': { session_storage: 'db' },
  'pages compressed': { gzipLevel: 1 },
  'pages compressed harder': { gzipLevel: 6 },
  'PHP compiled (JIT)': { jit: true },
};
/** Rounds that fill caches and do not count. */
const WARM_UP = 3;
const ACTS = ['the page', 'its list', 'a message', 'next page', 'search'];

const [messages = 5_000, rounds = 20] = process.argv.slice(2, 4).map(Number);
const only = process.argv[4];

const sandbox = await Sandbox.start({ messages, seed: 7 });
const agent = new http.Agent({ keepAlive: true });
const { page, close } = await openBrowser();
try {
  console.log(`${messages} messages, ${rounds} rounds; alternative ÷ chosen, above 1 is slower\n${['', ...ACTS].map(column).join('')}`);
  for (const [name, choices] of Object.entries(ALTERNATIVES)) {
    if (!only || name === only) console.log(column(name) + (await compared(choices)).map(column).join(''));
  }
} finally {
  agent.destroy();
  await close();
  await sandbox.kill();
}

/** Median ratios of alternative to chosen, one for each act, with the chosen's median time. */
async function compared(choices) {
  const chosen = await roundcube.start({ sandbox, folder: join(FOLDER, 'a') });
  const other = await roundcube.start({ sandbox, folder: join(FOLDER, 'b'), choices });
  try {
    const [first, second] = [await signedIn(chosen), await signedIn(other)];
    await page.goto('about:blank');
    const times = [];
    for (let round = -WARM_UP; round < rounds; round += 1) {
      const four = [];
      for (const one of [first, second, second, first]) four.push(await acts(one, round + WARM_UP));
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

/** What a signed-in page sends with each question, and the messages it shows. */
async function signedIn(c) {
  await roundcube.signIn(page, c);
  const cookies = await page.context().cookies(c.url);
  const { token, uids } = await page.evaluate(() => ({ token: window.rcmail.env.request_token, uids: Object.keys(window.rcmail.message_list.rows) }));
  return { c, uids, headers: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '), 'x-roundcube-request': token, 'accept-encoding': 'gzip' } };
}

/** Asks for each act's answer, and checks that it is the right one; ms until it was read. */
async function acts({ c, uids, headers }, round) {
  const list = (at) => [`_task=mail&_action=list&_mbox=INBOX&_page=${at}&_layout=widescreen&_remote=1`, 'add_message_row'];
  const asked = [
    ['_task=mail&_mbox=INBOX', 'id="messagelist"'],
    list(1),
    [`_task=mail&_action=preview&_uid=${uids[round % uids.length]}&_mbox=INBOX&_framed=1`, 'id="messagebody"'],
    list(2),
    ['_task=mail&_action=search&_q=release&_headers=subject,from&_scope=base&_mbox=INBOX&_layout=widescreen&_remote=1', 'add_message_row'],
  ];
  const times = [];
  for (const [query, holds] of asked) {
    const begun = performance.now();
    const { status, text } = await answer(`${c.url}?${query}`, headers);
    times.push(performance.now() - begun);
    if (status !== 200 || !text.includes(holds)) throw new Error(`${query}: ${status} without ${holds}: ${text.slice(0, 200)}`);
  }
  return times;
}

function answer(url, headers) {
  return new Promise((done, fail) => {
    http.get(url, { headers, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', fail);
      response.on('end', () => {
        const bytes = Buffer.concat(parts);
        done({ status: response.statusCode, text: (response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString() });
      });
    }).on('error', fail);
  });
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function column(text) { return text.padEnd(26).slice(0, 26); }
