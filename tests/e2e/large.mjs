// A large mailbox as a person meets it: how soon there is something to read, whether the page stays free while the rest comes in, and
// whether a folder opens as fast as in a small one. Prints each figure beside its limit and fails where one is passed.
import { ADA, Sandbox, openBrowser, signIn, until } from './support.mjs';
import { difference, onDevice } from './support/device.mjs';

const MESSAGES = Number(process.env.PETREL_MESSAGES ?? 100_000);
const SMALL = 1_000;
const SEED = Number(process.env.PETREL_SEED ?? 1);
const TURNS = 20;

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Notes every task that keeps the page from answering for longer than 50 ms, from the start of every page on. */
const watchTasks = () => {
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ startTime, duration }) => ({ at: startTime, ms: duration }))))
    .observe({ type: 'longtask', buffered: true });
};

const mark = (page, name) => page.evaluate((wanted) => performance.getEntriesByName(wanted).map(({ startTime, detail }) => ({ at: startTime, detail }))[0], name);

/** Opens a folder and waits until its newest row is drawn (ms, taken inside the page). */
function opened(page, wellKnown, newest, length) {
  return page.evaluate(([name, ids, rows]) => new Promise((done) => {
    const begun = performance.now();
    document.querySelector(`[data-well-known="${name}"]`).click();
    const look = () => {
      const shown = document.querySelector('[data-message-id][aria-rowindex="1"]')?.dataset.messageId;
      const whole = Number(document.querySelector('[role="grid"]')?.getAttribute('aria-rowcount')) === rows;
      // A task after the frame in which it is there: then it is painted.
      if (ids.includes(shown) && whole) setTimeout(() => done(performance.now() - begun));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }), [wellKnown, newest, length]);
}

/** Lives through the first sync of a mailbox of so many messages. */
async function live(messages) {
  const sandbox = await Sandbox.start({ messages, seed: SEED });
  const browser = await openBrowser();
  try {
    const { page } = browser;
    await page.addInitScript(watchTasks);
    await signIn(page, sandbox, ADA);
    const first = await until('the first list', () => mark(page, 'petrel:first-list'));
    const synced = await until('the whole mailbox', () => mark(page, 'petrel:synced'), { timeout: 1_800_000, every: 250 });
    const tasks = await page.evaluate(() => window.longTasks);
    const folders = await sandbox.folders();
    const different = difference(await onDevice(page), folders);
    const times = {};
    for (const [wellKnown, name] of [['archive', 'Archive'], ['inbox', 'Inbox']]) {
      const { messages: rows } = folders.find(({ display_name }) => display_name === name);
      const { value } = await sandbox.asOtherClient('GET', `/me/mailFolders/${wellKnown}/messages?$top=50&$select=id,receivedDateTime&$orderby=receivedDateTime%20desc`);
      times[wellKnown] = { newest: value.filter(({ receivedDateTime }) => receivedDateTime === value[0].receivedDateTime).map(({ id }) => id), length: rows.length, ms: [] };
    }
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const [wellKnown, { newest, length, ms }] of Object.entries(times)) ms.push(await opened(page, wellKnown, newest, length));
    }
    const during = tasks.filter(({ at }) => at > first.at && at < synced.at);
    return {
      first: first.at, synced: synced.at, different,
      before: Math.max(0, ...tasks.filter(({ at }) => at <= first.at).map(({ ms }) => ms)),
      longest: Math.max(0, ...during.map(({ ms }) => ms)), long: during.length, blocked: during.reduce((sum, { ms }) => sum + ms - 50, 0),
      opening: Object.fromEntries(Object.entries(times).map(([name, { ms }]) => [name, median(ms)])),
      lengths: Object.fromEntries(Object.entries(times).map(([name, { length }]) => [name, length])),
    };
  } finally {
    await browser.close();
    await sandbox.kill();
  }
}

const small = await live(SMALL);
const large = await live(MESSAGES);
const figures = [
  ['first list after coming back from sign-in', large.first, 'ms', 2_000],
  ['longest task on the page until then', large.before, 'ms'],
  ['whole mailbox', large.synced / 1_000, 's'],
  ['headers a second', MESSAGES / (large.synced / 1_000), '/s'],
  ['longest task on the page while it fills', large.longest, 'ms', 50],
  ['tasks over 50 ms while it fills', large.long, '', 0],
  ['time over 50 ms in them', large.blocked, 'ms'],
  ...['inbox', 'archive'].flatMap((name) => [
    [`${name} opens, ${small.lengths[name]} messages`, small.opening[name], 'ms'],
    [`${name} opens, ${large.lengths[name]} messages`, large.opening[name], 'ms', Math.max(small.opening[name] * 1.25, small.opening[name] + 16)],
  ]),
];
let missed = 0;
for (const [name, value, unit, limit] of figures) {
  const over = limit !== undefined && value > limit;
  missed += over;
  console.log(`${name.padEnd(46)} ${`${value.toFixed(1)} ${unit}`.padStart(14)} ${limit === undefined ? '' : `at most ${limit.toFixed(0)} ${unit}: ${over ? 'missed' : 'met'}`}`);
}
for (const [name, { different }] of Object.entries({ small, large })) {
  if (different) { missed += 1; console.log(`the ${name} mailbox differs: ${different}`); }
}
process.exitCode = missed === 0 ? 0 : 1;
