// A stage: all contenders over mailboxes of one size, signed in and filled through their own write paths, in one browser profile.
// It is set up once and used by every metric that asks for that size; between two uses only the browser is started again.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { ADA } from '../../tests/e2e/support/sandbox.mjs';
import * as floors from '../contenders/floors.mjs';
import * as petrel from '../contenders/petrel.mjs';
import * as react from '../contenders/react.mjs';
import * as roundcube from '../contenders/roundcube.mjs';
import { launch } from './browser.mjs';
import { countOf, inboxLength, newestOf, synced } from './mailbox.mjs';
import { deliverNewsletters } from './mails.mjs';

const SEED = 11;

export class Stage {
  /** Sets one up. `without` names contenders that are left out. */
  static async set({ messages, log, without = [] }) {
    const stage = new Stage();
    stage.messages = messages;
    stage.folder = await mkdtemp(join(tmpdir(), 'petrel-bench-'));
    stage.profile = join(stage.folder, 'profile');
    stage.contenders = {};
    /** How one signs in to each. */
    stage.kinds = { petrel, react, 'react-split': react, floors, roundcube };
    try {
      const browser = await launch({ profile: stage.profile });
      const add = async (name, begin) => {
        if (without.includes(name)) return;
        const started = performance.now();
        stage.contenders[name] = await begin(browser);
        log(`${name} is filled with ${messages.toLocaleString('en')} messages (${((performance.now() - started) / 1_000).toFixed(1)} s)`);
      };
      await add('petrel', () => mailApp(browser, petrel, { messages, seed: SEED }));
      await add('react', () => mailApp(browser, react, { messages, seed: SEED, split: false }));
      await add('react-split', () => mailApp(browser, react, { messages, seed: SEED, split: true }));
      await add('floors', () => floorPages(browser, { messages, seed: SEED }));
      await add('roundcube', () => webmail({ messages, seed: SEED, sandbox: stage.contenders.floors?.sandbox, folder: join(stage.folder, 'roundcube') }));
      await browser.close();
    } catch (error) {
      await stage.strike();
      throw error;
    }
    return stage;
  }

  /** The browser over the stage's profile. */
  browser(throttle = 'none', flags = []) {
    return launch({ profile: this.profile, throttle, flags });
  }

  /** Takes everything down. */
  async strike() {
    for (const contender of Object.values(this.contenders)) await contender?.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function mailApp(browser, kind, options) {
  const contender = await kind.start(options);
  try {
    contender.newsletters = await deliverNewsletters(contender.sandbox);
    const page = await browser.newPage();
    await kind.signIn(page, contender, ADA);
    const mark = await synced(page, contender);
    contender.filledIn = mark.at;
    contender.now = async () => ({ newest: await newestOf(contender), inbox: await inboxLength(contender), all: await countOf(contender) });
    contender.expected = await contender.now();
    // The service worker keeps the app's files only after the first visit; a second one starts from it.
    await page.waitForTimeout(1_500);
    await page.close();
    return contender;
  } catch (error) {
    await contender.stop();
    throw error;
  }
}

async function floorPages(browser, options) {
  const contender = await floors.start(options);
  try {
    contender.newsletters = await deliverNewsletters(contender.sandbox);
    contender.now = async () => ({ newest: await newestOf(contender), inbox: await inboxLength(contender), all: await countOf(contender) });
    const page = await browser.newPage();
    contender.expected = await contender.now();
    await floors.seed(page, contender, contender.expected.inbox);
    await page.close();
    contender.at = (file) => `${contender.sandbox.app}/${file}`;
    return contender;
  } catch (error) {
    await contender.stop();
    throw error;
  }
}

async function webmail(options) {
  if (roundcube.hindrance()) return undefined;
  const contender = await roundcube.start(options);
  const signedIn = new WeakSet();
  /** It forgets its sign-in with the browser, so each new one begins with it. */
  const ready = async (page) => {
    if (signedIn.has(page.context())) return;
    await roundcube.signIn(page, contender);
    signedIn.add(page.context());
  };
  return {
    ...contender,
    warmOpen: async (page) => { await ready(page); return roundcube.warmOpen(page, contender); },
    openMessage: (page, subject) => roundcube.openMessage(page, contender, subject),
    search: (page, text) => roundcube.search(page, contender, text),
    scrollPage: (page) => roundcube.scrollPage(page, contender),
    bytes: (page) => roundcube.bytes(page, contender),
  };
}
