// A browser that can be killed like any process, and comes back to its profile as a person's browser does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chromium } from 'playwright-core';
import { FLAGS, watched } from './browser.mjs';
import { until } from './sandbox.mjs';

/** What a test driver tells Chromium so that a window nobody looks at works like one that is looked at. */
const AWAKE = ['--headless=new', '--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding'];

/** Starts one on a profile; `kill` ends all its processes at once, without a word to any of them. */
export async function openMortal(profile) {
  const words = [...FLAGS, ...AWAKE, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'];
  // A group of its own: its processes die together, and nothing else does.
  const child = spawn(process.env.CHROMIUM || '/usr/bin/chromium', words, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes) => { said = `${said}${bytes}`.slice(-20_000); });
  const exited = once(child, 'exit');
  const address = await until('the browser', () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the browser ended: ${said}`);
    return /DevTools listening on (ws:\S+)/.exec(said)?.[1];
  }, { timeout: 60_000 });
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  context.setDefaultTimeout(15_000);
  const { errors } = watched(context);
  const kill = async () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
    await exited;
    // The driver notices by itself that nobody is there any more.
    await browser.close().catch(() => {});
  };
  return { context, errors, kill };
}
