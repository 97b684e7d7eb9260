// The browsers beside Chromium that the tests run in: how each is started on a page with a fresh profile, and what is not run in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Settings of a Firefox that asks nobody anything and talks to nobody by itself. */
const PREFERENCES = {
  'app.normandy.enabled': false,
  'app.update.auto': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.preonboarding.enabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.sessionstore.resume_from_crash': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.topsites.contile.enabled': false,
  'datareporting.healthreport.uploadEnabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'network.prefetch-next': false,
  'services.settings.server': 'data:,#',
  'termsofuse.bypassNotification': true,
  'toolkit.telemetry.server': 'data:,#',
};

async function openFirefox(url, folder) {
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  await writeFile(join(folder, 'user.js'), `${lines.join('\n')}\n`);
  return start(process.env.FIREFOX ?? 'firefox-esr', ['--headless', '--no-remote', '--profile', folder, url], homeIn(folder));
}

/** WebKitGTK's own small browser. It has no way to run without a screen, so it gets one that nobody sees. */
async function openWebKit(url, folder) {
  const display = await screen();
  const env = {
    // Without a language it sorts by code points, as no person would have it.
    ...homeIn(folder), LANG: 'en_GB.UTF-8', LANGUAGE: 'en_GB', LC_ALL: 'en_GB.UTF-8', DISPLAY: display.name, GDK_BACKEND: 'x11', NO_AT_BRIDGE: '1', LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_DMABUF_RENDERER: '1',
    XDG_DATA_HOME: join(folder, 'data'), XDG_CACHE_HOME: join(folder, 'cache'), XDG_CONFIG_HOME: join(folder, 'config'), XDG_RUNTIME_DIR: join(folder, 'run'),
  };
  await mkdir(env.XDG_RUNTIME_DIR, { mode: 0o700 });
  const shown = await start(process.env.MINIBROWSER ?? 'MiniBrowser', [url], env);
  return { ...shown, close: async () => { await shown.close(); await display.close(); } };
}

/** A screen in memory, under a number that was free; it writes that number down once it can be used. */
async function screen() {
  const child = spawn(process.env.XVFB ?? 'Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const failed = once(child, 'error').then(([error]) => { throw error; });
  failed.catch(() => {});
  const ended = once(child, 'exit').then(([code]) => { throw new Error(`Xvfb ended with ${code}`); });
  ended.catch(() => {});
  const [number] = await Promise.race([once(child.stdio[3], 'data'), failed, ended]);
  return { name: `:${String(number).trim()}`, close: () => stop(child) };
}

const homeIn = (folder) => ({ ...process.env, HOME: folder });

async function start(program, words, env) {
  let said = '';
  // A group of its own, so that its helpers can be ended with it.
  const child = spawn(program, words, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { said = `${said}${bytes}`.slice(-4_000); });
  await once(child, 'spawn');
  return { ended: () => child.exitCode !== null || child.signalCode !== null, said: () => said, close: () => stop(child, true) };
}

async function stop(child, group = false) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (group) process.kill(-child.pid, 'SIGKILL');
  else child.kill('SIGKILL');
  await ended;
}

/** By name: `open(url, folder)` starts one with its profile in the folder; `skipped` are tests of a program that are not run in it, and why. */
export const browsers = {
  firefox: { open: openFirefox, skipped: [] },
  webkit: {
    open: openWebKit,
    skipped: [
      { program: 'mail_browser-', test: 'page::tests::keys_pressed_in_the_mail_reach_the_app_once', why: 'it calls no listener inside a frame without scripts, not even one from outside (WebKit bug 218086)' },
      { program: 'mail_browser-', test: 'store::tests::opening_what_does_not_exist_creates_nothing', why: 'it lists a database whose making was taken back as one of version 0; opening it again finds none all the same' },
      { program: 'worker-', test: 'an_answer_is_an_answer_whatever_its_status_and_silence_is_an_error', why: 'it never says that a socket to a port it forbids has closed, and such a port is all that a test can be sure to find closed' },
    ],
  },
};
