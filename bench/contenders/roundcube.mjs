// The Roundcube contender: starts the peer with a sandbox's mail in it, and does in its pages what the benchmark times.
// Each act is checked for its outcome before its time counts; what Roundcube cannot do is in `CANNOT`, and is never a number.
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { Sandbox } from '../../tests/e2e/support/sandbox.mjs';
import { PASSWORD, USER } from '../peer-roundcube/config.mjs';
import { fill } from '../peer-roundcube/fill.mjs';
import { hindrance, startRoundcube } from '../peer-roundcube/setup.mjs';
import { watch } from '../peer-roundcube/watch.mjs';

export { hindrance };

/** Printed as “cannot”. */
export const CANNOT = {
  offline: 'keeps no mail on the device: without a network it shows nothing',
  push: 'is not told of new mail: it asks once a minute',
  session: 'forgets its sign-in when the browser is closed',
};

const brotli = promisify(brotliCompress);
const TEXT = /^text\/|javascript|json|xml|svg/;
const prepared = new WeakSet();

/** Starts it with the mail of a sandbox: the one given, or one of its own that is ended once its mail is copied. */
export async function start({ messages = 60, seed = 7, sandbox, folder, choices } = {}) {
  const source = sandbox ?? await Sandbox.start({ messages, seed });
  try {
    const peer = await startRoundcube({ folder, choices });
    try {
      const folders = await fill(source, peer.imapPort);
      return { name: 'roundcube', url: peer.url, pageSize: peer.pageSize, folders, logs: peer.logs, stop: peer.stop };
    } catch (error) {
      await peer.stop();
      throw error;
    }
  } finally {
    if (!sandbox) await source.kill();
  }
}

/** Adds the watching script to a context, once. Must come before its pages go to Roundcube; the acts below see to it. */
export async function prepare(context) {
  if (prepared.has(context)) return;
  prepared.add(context);
  await context.addInitScript(watch);
}

/** Signs in and waits for the list. */
export async function signIn(page, c) {
  await prepare(page.context());
  await page.goto(c.url);
  await page.locator('#rcmloginuser, #messagelist').first().waitFor();
  if (await page.locator('#rcmloginuser').count() > 0) {
    await page.fill('#rcmloginuser', USER);
    await page.fill('#rcmloginpwd', PASSWORD);
    await page.click('#rcmloginsubmit');
    await page.waitForURL(/_task=mail/, { waitUntil: 'commit' });
  }
  sameList(await page.evaluate(() => window.__bench.list), c, 1);
}

/** Opens the mailbox of somebody signed in; ms from the start of the navigation until the list's rows are painted. */
export async function warmOpen(page, c) {
  await prepare(page.context());
  await page.goto('about:blank');
  await page.goto(`${c.url}?_task=mail&_mbox=INBOX&_page=1`, { waitUntil: 'commit' });
  const seen = await page.evaluate(() => window.__bench.list);
  sameList(seen, c, 1);
  return seen.ms;
}

/** Presses ArrowDown in the list; ms from the key until the next row is painted as the current one. */
export async function keyHandled(page) {
  await page.evaluate(() => window.rcmail.message_list.focus());
  const seen = await timed(page, 'current', 'keydown', () => page.keyboard.press('ArrowDown'));
  if (seen.current.length !== 1) throw new Error(`ArrowDown left ${seen.current.length} rows current`);
  return seen.ms;
}

/** Clicks a message of the shown page; ms from the click until its text is painted in the preview. */
export async function openMessage(page, c, subject) {
  const at = await page.evaluate((wanted) => [...document.querySelectorAll('#messagelist > tbody > tr.message:not(.selected)')]
    .findIndex((row) => row.querySelector('span.subject a')?.textContent === wanted), subject);
  if (at < 0) throw new Error(`no unselected row “${subject}” on this page`);
  const row = page.locator('#messagelist > tbody > tr.message:not(.selected)').nth(at).locator('span.subject a');
  const seen = await timed(page, 'body', 'click', () => row.click());
  const known = inbox(c).list.filter((message) => message.subject === subject);
  if (!words(seen.subject).includes(words(subject))) throw new Error(`the preview shows “${words(seen.subject)}”, not “${subject}”`);
  if (!known.some(({ preview }) => letters(seen.text).includes(letters(preview).slice(0, 40)))) throw new Error(`the preview of “${subject}” shows another text: ${words(seen.text).slice(0, 200)}`);
  return seen.ms;
}

/** Asks for the next page of the list; ms from the click until its rows are painted. */
export async function scrollPage(page, c) {
  const wanted = await page.evaluate(() => window.rcmail.env.current_page + 1);
  const seen = await timed(page, 'rows', 'click', () => page.locator('a.nextpage:not(.disabled)').click());
  sameList(seen, c, wanted);
  return seen.ms;
}

/** Searches subjects and senders of the inbox; ms from Enter until the results are painted. Goes back to the whole list afterwards. */
export async function search(page, c, text) {
  await page.fill('#mailsearchform', text);
  const seen = await timed(page, 'results', 'keydown', () => page.press('#mailsearchform', 'Enter'));
  const hit = (...texts) => texts.some((one) => words(one).includes(words(text)));
  const hits = inbox(c).list.filter(({ subject, from }) => hit(subject, from));
  if (seen.rows.length !== Math.min(c.pageSize, hits.length) || (hits.length > 0 && seen.count !== hits.length)) {
    throw new Error(`“${text}” found ${seen.count} messages, ${seen.rows.length} shown; there are ${hits.length}`);
  }
  const stray = seen.rows.find(({ subject, from, address }) => !hit(subject, `${from} <${address}>`));
  if (stray) throw new Error(`“${text}” found “${stray.subject}” from ${stray.from}`);
  await page.evaluate(() => {
    window.__bench.arm('rows', 'bench-reset');
    window.dispatchEvent(new Event('bench-reset'));
    window.rcmail.command('reset-search');
  });
  sameList(await page.evaluate(() => window.__bench.result), c, 1);
  return seen.ms;
}

/**
 * What a first visit fetches until the list is usable, sign-in included, with an empty cache: `{brotli, transferred, requests}` in bytes.
 * Text counts as brotli 11 would make it, fonts and images as they are. Ends signed in.
 */
export async function bytes(page, c) {
  const session = await page.context().newCDPSession(page);
  const answers = new Map();
  session.on('Network.responseReceived', ({ requestId, response }) => {
    answers.set(requestId, { type: response.mimeType, cached: response.fromDiskCache || response.fromPrefetchCache });
  });
  session.on('Network.requestServedFromCache', ({ requestId }) => answers.set(requestId, { cached: true }));
  const finished = new Map();
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    // Asked for at once: a page that is left takes its bodies with it.
    const body = session.send('Network.getResponseBody', { requestId }).catch(() => undefined);
    finished.set(requestId, { encodedDataLength, body });
  });
  await page.goto('about:blank');
  await session.send('Network.enable', { maxTotalBufferSize: 100_000_000, maxResourceBufferSize: 50_000_000 });
  await session.send('Network.clearBrowserCache');
  await page.context().clearCookies();
  await signIn(page, c);
  await page.waitForLoadState('load');
  const total = { brotli: 0, transferred: 0, requests: 0 };
  for (const [requestId, { encodedDataLength, body }] of finished) {
    const { type, cached } = answers.get(requestId) ?? {};
    // `data:` and what the first page already brought cost nothing again.
    if (cached || encodedDataLength === 0) continue;
    const got = await body;
    if (!got) throw new Error(`the body of a ${type} could not be read`);
    const content = Buffer.from(got.body, got.base64Encoded ? 'base64' : 'utf8');
    total.requests += 1;
    total.transferred += encodedDataLength;
    total.brotli += TEXT.test(type) ? (await smallest(content)).length : content.length;
  }
  await session.detach();
  if (total.requests === 0) throw new Error('nothing was fetched');
  return total;
}

const smallest = (content) => brotli(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } });

async function timed(page, kind, event, act) {
  await page.evaluate(([a, b]) => window.__bench.arm(a, b), [kind, event]);
  await act();
  return page.evaluate(() => window.__bench.result);
}

const inbox = (c) => c.folders.find(({ name }) => name === 'INBOX');

/** Fails unless exactly that page of the inbox is shown. */
function sameList({ rows, count, page }, c, wanted) {
  const from = (wanted - 1) * c.pageSize;
  const expected = inbox(c).list.slice(from, from + c.pageSize).map(({ subject }) => words(subject)).sort();
  const shown = rows.map(({ subject }) => words(subject)).sort();
  if (count !== inbox(c).messages || page !== wanted) throw new Error(`page ${page} of ${count} messages is shown, wanted page ${wanted} of ${inbox(c).messages}`);
  const strange = expected.findIndex((subject, at) => subject !== shown[at]);
  if (strange >= 0 || shown.length !== expected.length) throw new Error(`the list shows ${shown.length} rows instead of ${expected.length}; “${shown[strange]}” instead of “${expected[strange]}”`);
}

/** A text to compare: white space and case told apart no more, letters apart from their accents, as IMAP's search compares. */
const words = (text) => text.normalize('NFKD').toLowerCase().replace(/[\s\u200b\u00ad]+/g, ' ').trim();

/** The same without any white space, for two texts that divide their lines in other ways. */
const letters = (text) => words(text).replaceAll(' ', '');
