// A first sync during which everything dies: the tab, the whole browser, the server. It goes on where it was, and in the end the device
// holds what the server holds. Long form: PETREL_KILLS, PETREL_MESSAGES, PETREL_SEED; the seed makes every choice.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ADA, Sandbox, button, newProfile, removeProfile, rowOf, until } from './support.mjs';
import { difference, onDevice } from './support/device.mjs';
import { openMortal } from './support/mortal.mjs';
import { againOnlyAfterDeaths, pagesFetched } from './support/pages-fetched.mjs';

const KILLS = Number(process.env.PETREL_KILLS ?? 3);
const MESSAGES = Number(process.env.PETREL_MESSAGES ?? 3_000);
const SEED = Number(process.env.PETREL_SEED ?? 1);
/** How long the server takes over each answer (ms): long enough that a death often falls into a request. */
const LATENCY = 300;
/** Rows on a page, as the app asks for them. */
const PAGE = 1_000;
/** Pages a death may cost: two under way, one being written down. */
const LOST = 3;
const VICTIMS = ['tab', 'browser', 'server'];

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function chances(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class Life {
  chance = chances(SEED);
  deaths = [];
  died = { tab: 0, browser: 0, server: 0 };
  errors = [];

  async begin() {
    this.folder = await mkdtemp(join(tmpdir(), 'petrel-kill-'));
    this.profile = await newProfile();
    this.sandbox = await Sandbox.start({ messages: MESSAGES, seed: SEED, journal: join(this.folder, 'sandbox.journal') });
    const folders = await this.sandbox.folders();
    this.ids = folders.flatMap(({ messages }) => messages.map(({ id }) => id));
    this.pages = folders.reduce((sum, { messages }) => sum + Math.max(1, Math.ceil(messages.length / PAGE)), 0);
    await this.sandbox.control('POST', 'limits', { latency_ms: LATENCY });
    await this.openBrowser();
    await this.page.goto(`${this.sandbox.app}/`);
    await button(this.page, 'Sign in').click();
    await this.page.locator(`[data-account="${ADA}"]`).click();
    await this.page.waitForURL((url) => url.origin === this.sandbox.app);
    await until('the first page', async () => (await this.fetched()).length > 0, { timeout: 60_000 });
    this.signIns = await this.askedToSignIn();
  }

  async end() {
    await this.browser?.kill();
    await this.sandbox?.kill();
    await removeProfile(this.profile);
    await rm(this.folder, { recursive: true, force: true });
  }

  async openBrowser() {
    this.browser = await openMortal(this.profile);
    this.page = this.browser.context.pages()[0] ?? await this.browser.context.newPage();
  }

  async fetched() { return pagesFetched(await this.sandbox.log()); }
  async askedToSignIn() { return (await this.sandbox.log()).filter(({ host, path }) => host === 'entra' && /\/authorize$/.test(path)).length; }

  /** What the person sees must be no error and no question, whenever one looks. */
  async looksWell() {
    // Asked again where the page is just being loaded.
    const seen = await until('the page', () => this.page.evaluate(() => ({
      live: document.querySelector('[data-live]')?.dataset.live,
      told: [...document.querySelectorAll('[role="alert"], .toast[data-lasting]')].filter((element) => element.checkVisibility()).map((element) => element.innerText.trim()).filter(Boolean),
    })));
    assert.deepEqual(seen.told, [], 'the person is told of an error');
    assert.notEqual(seen.live, 'signed-out', 'the person is asked to sign in');
    // A server that is away is written to the console by the browser itself.
    const errors = this.browser.errors.splice(0).filter((text) => !/Failed to load resource|net::ERR_|WebSocket connection to/.test(text));
    assert.deepEqual(errors, [], 'nothing broke');
  }

  /** Kills one of them at a moment that falls at any place of the work, and lets it live again. */
  async die(number) {
    const target = Math.floor((number + this.chance()) * (this.pages - 1) / KILLS);
    await until(`${target} pages`, async () => new Set((await this.fetched()).map(({ page }) => page)).size >= target, { timeout: 180_000 });
    if (this.deaths.length > 0 && this.chance() < 0.7) {
      // While it works again after the last death; else it dies before it came to anything.
      const begun = this.deaths.at(-1);
      await until('a page after the last death', async () => (await this.fetched()).some(({ at }) => at > begun), { timeout: 180_000 });
    }
    await pause(this.chance() * 2 * LATENCY);
    // In the short form each of them once, in any order.
    const left = KILLS <= VICTIMS.length ? VICTIMS.filter((name) => this.died[name] === 0) : VICTIMS;
    const victim = left[Math.floor(this.chance() * left.length)];
    await this.looksWell();
    this.died[victim] += 1;
    this.deaths.push(Date.now());
    if (victim === 'tab') await this.page.close();
    else if (victim === 'browser') await this.browser.kill();
    else await this.sandbox.kill();
    // A death takes its time: what is lost is what was under way before the last moment of it.
    this.deaths.push(Date.now());
    await pause(this.chance() * 500);
    if (victim === 'server') await this.sandbox.begin();
    await this.somebodyElseActs();
    if (victim === 'browser') await this.openBrowser();
    if (victim === 'tab') this.page = await this.browser.context.newPage();
    if (victim !== 'server') await this.page.goto(`${this.sandbox.app}/`, { waitUntil: 'commit' });
    this.deaths.push(Date.now());
    console.log(`# ${number + 1}: the ${victim} after ${target} of ${this.pages} pages`);
  }

  /** Meanwhile the mailbox changes: read, flagged or moved by another client, or mail arrives. */
  async somebodyElseActs() {
    const id = encodeURIComponent(this.ids[Math.floor(this.chance() * this.ids.length)]);
    const what = Math.floor(this.chance() * 4);
    if (what === 0) await this.sandbox.asOtherClient('PATCH', `/me/messages/${id}`, { isRead: this.chance() < 0.5 });
    else if (what === 1) await this.sandbox.asOtherClient('PATCH', `/me/messages/${id}`, { flag: { flagStatus: 'flagged' } });
    else if (what === 2) await this.sandbox.asOtherClient('POST', `/me/messages/${id}/move`, { destinationId: 'archive' });
    else await this.sandbox.deliver({ subject: `Arrived ${this.deaths.length}` });
  }
}

test(`a first sync survives ${KILLS} deaths of tab, browser and server (seed ${SEED}, ${MESSAGES} messages)`, { timeout: 3_600_000 }, async () => {
  const life = new Life();
  try {
    await life.begin();
    for (let number = 0; number < KILLS; number += 1) await life.die(number);
    const lastDeath = life.deaths.at(-1);

    let last;
    await until('the device to hold what the server holds', async () => {
      last = difference(await onDevice(life.page), await life.sandbox.folders());
      return last === undefined || assert.fail(last);
    }, { timeout: 300_000, every: 1_000 });
    await life.looksWell();

    const fetched = await life.fetched();
    const pages = new Set(fetched.map(({ page }) => page)).size;
    const again = againOnlyAfterDeaths(fetched, life.deaths);
    const inside = life.deaths.filter((_, at) => at % 3 === 0).filter((time) => fetched.some(({ at }) => at > time)).length;
    console.log(`# ${pages} pages, ${again} asked for again after ${KILLS} deaths (${JSON.stringify(life.died)}), ${inside} of them during the first sync, last ${new Date(lastDeath).toISOString()}`);
    assert.ok(again <= KILLS * LOST, `${again} pages were asked for again after ${KILLS} deaths`);
    assert.ok(inside >= KILLS * 0.8, `only ${inside} deaths fell into the first sync`);
    assert.equal(await life.askedToSignIn(), life.signIns, 'nobody is asked to sign in anew');

    const id = await life.sandbox.deliver({ subject: 'And still alive' });
    await rowOf(life.page, id).waitFor({ timeout: 60_000 });
    await life.looksWell();
  } finally {
    await life.end();
  }
});
