// Debian's Chromium with a profile that stays, one window, and the three throttles: none, the page's own CPU four times slower,
// and the whole browser on one core. The second does not slow workers, the third slows everything alike.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { PAGE_SCRIPT } from './page-script.mjs';

export const THROTTLES = ['none', 'cpu 4x', 'one core'];
const VIEW = { width: 1440, height: 900 };
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  // The React peer's sign-in library speaks to https only; the front it is given has a certificate of its own.
  '--ignore-certificate-errors',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

const program = () => process.env.CHROMIUM || '/usr/bin/chromium';

/** The browser's version as it tells it. */
export const version = () => execFileSync(program(), ['--version'], { encoding: 'utf8' }).trim();

/** A program that starts the browser on one core, written into `folder`. */
function onOneCore(folder) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'chromium-on-one-core');
  writeFileSync(path, `#!/bin/sh\nexec taskset -c ${cpus().length - 1} '${program()}' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A browser over a profile folder. */
export async function launch({ profile, throttle = 'none', flags = [] }) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: throttle === 'one core' ? onOneCore(join(profile, '..')) : program(),
    headless: true,
    args: [...FLAGS, ...flags],
    viewport: VIEW,
    colorScheme: 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
    ignoreHTTPSErrors: true,
  });
  context.setDefaultTimeout(120_000);
  await context.addInitScript(PAGE_SCRIPT);
  const first = context.pages()[0];
  return {
    context,
    profile,
    /** A new tab, throttled. */
    async newPage() {
      const page = await context.newPage();
      if (throttle === 'cpu 4x') {
        const session = await context.newCDPSession(page);
        await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      }
      return page;
    },
    /** The tab the browser came with: it keeps the browser open. */
    first,
    close: () => context.close(),
  };
}

/** The processes of the browser over this profile, the browser itself among them. */
export function processesOf(profile) {
  const parents = new Map();
  let root;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/status`, 'utf8');
      parents.set(Number(entry), Number(/^PPid:\s+(\d+)/m.exec(status)[1]));
      const words = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      if (words.includes(`--user-data-dir=${profile}`) && !words.includes('--type=')) root ??= Number(entry);
    } catch { /* it ended meanwhile */ }
  }
  const belongs = (pid) => { for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (at === root) return true; return false; };
  return root === undefined ? [] : [...parents.keys()].filter(belongs);
}

/** What these processes have done so far: CPU time in ms and voluntary context switches, over all their threads. */
export function workOf(pids) {
  let ticks = 0;
  let switches = 0;
  for (const pid of pids) {
    try {
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ')[1].split(' ');
        ticks += Number(stat[11]) + Number(stat[12]);
        switches += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))[1]);
      }
    } catch { /* it ended meanwhile */ }
  }
  return { cpu: ticks * 10, switches };
}
