// Starts the Roundcube peer as child processes in one folder: Dovecot, php-fpm and nginx on loopback, ended with us.
// Everything is made anew at each start, so that a run never depends on the one before.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ROOT, until } from '../../tests/e2e/support/sandbox.mjs';
import * as config from './config.mjs';
import { staticFiles } from './static.mjs';

const run = promisify(execFile);
export const FOLDER = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'bench', 'roundcube');
/** A socket's path has at most 107 bytes; Dovecot's longest name below its folder needs about 40. */
const LONGEST_HOME = 60;

/** Why the peer cannot run here, as one sentence; undefined when it can. */
export function hindrance() {
  if (process.platform !== 'linux' || process.getuid() !== 0) return 'The Roundcube peer needs Linux and root: Dovecot and php-fpm change to the users of their packages.';
  const missing = ['/usr/sbin/dovecot', '/usr/sbin/nginx', '/usr/lib/nginx/modules/ngx_http_brotli_static_module.so', '/etc/dovecot', '/etc/php',
    `${config.PROGRAM}/SQL/sqlite.initial.sql`].find((path) => !existsSync(path));
  if (!missing) return undefined;
  return `Roundcube is not installed (${missing} is missing): apt-get install --no-install-recommends ${config.PACKAGES.join(' ')}`;
}

/** Starts it; `choices` replace single values of `CHOICES`. Resolves once a login page and IMAP answer. */
export async function startRoundcube({ folder = FOLDER, choices = {} } = {}) {
  const why = hindrance();
  if (why) throw new Error(why);
  const { home, www, remove } = await places(resolve(folder));
  const facts = {
    home, www, port: await freePort(), imapPort: await freePort(), desKey: randomBytes(18).toString('base64'),
    choices: { ...config.CHOICES, ...choices },
  };
  await staticFiles(www, await packageVersion());
  await write(facts);
  const children = [];
  const stop = async () => {
    await Promise.all(children.map(end));
    await remove();
  };
  const at = (name) => join(home, 'config', name);
  const url = `http://localhost:${facts.port}/`;
  try {
    const php = await phpFpmProgram();
    children.push(start('dovecot', '/usr/sbin/dovecot', ['-F', '-c', at('dovecot.conf')]));
    children.push(start('php-fpm', php.program, ['-F', '-y', at('php-fpm.conf'), '-c', at('php.ini')], { PHP_INI_SCAN_DIR: php.extensions }));
    children.push(start('nginx', '/usr/sbin/nginx', ['-p', home, '-e', join(home, 'log/nginx.log'), '-c', at('nginx.conf')]));
    await until('Roundcube', async () => {
      const ended = children.find(({ child }) => child.exitCode !== null);
      if (ended) throw new Error(`${ended.name} ended: ${ended.said} ${await logs(home)}`);
      return (await fetch(url)).ok && await answers(facts.imapPort);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, home, imapPort: facts.imapPort, pageSize: facts.choices.mail_pagesize, logs: () => logs(home), stop };
}

/** The folder of this run's files, and the kept one of static files. */
async function places(folder) {
  await mkdir(folder, { recursive: true });
  let base = folder;
  let remove = async () => {};
  if (folder.length > LONGEST_HOME || !await reachable(folder)) {
    // The packages' users must get there, and a socket's path is short: where neither holds, a folder of the system's serves.
    base = await mkdtemp(join(tmpdir(), 'petrel-roundcube-'));
    await run('chmod', ['755', base]);
    remove = () => rm(base, { recursive: true, force: true });
  }
  const home = join(base, 'run');
  await rm(home, { recursive: true, force: true });
  return { home, www: join(base, 'www'), remove };
}

const reachable = (folder) => run('setpriv', [`--reuid=${config.RUNS_AS}`, '--clear-groups', 'test', '-x', folder]).then(() => true, () => false);

async function write(facts) {
  const { home } = facts;
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (word) => Number((await run('id', [word, config.RUNS_AS])).stdout)));
  for (const name of ['run', 'log', 'config', 'mail', 'temp', 'sessions', 'database']) {
    await mkdir(join(home, name), { recursive: true });
    if (name !== 'run') await chown(join(home, name), uid, gid);
  }
  const files = {
    'dovecot.conf': config.dovecot(facts), users: config.dovecotUsers(), 'php-fpm.conf': config.phpFpm(facts), 'php.ini': config.phpIni(facts),
    'nginx.conf': config.nginx(facts), 'config.inc.php': config.roundcube(facts),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(home, 'config', name), text);
  for (const name of ['defaults.inc.php', 'mimetypes.php']) await symlink(join('/etc/roundcube', name), join(home, 'config', name));
  await makeDatabase(join(home, 'database/roundcube.sqlite'));
  await run('chown', ['-R', config.RUNS_AS, join(home, 'database')]);
}

async function makeDatabase(path) {
  const code = '$db = new PDO("sqlite:" . $argv[1]); $db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION); $db->exec("PRAGMA journal_mode=WAL"); $db->exec(file_get_contents($argv[2]));';
  await run('php', ['-r', code, path, `${config.PROGRAM}/SQL/sqlite.initial.sql`]);
}

async function phpFpmProgram() {
  const version = (await readdir('/etc/php')).filter((name) => existsSync(`/usr/sbin/php-fpm${name}`)).sort().at(-1);
  if (!version) throw new Error('php-fpm is not installed: apt-get install --no-install-recommends php-fpm');
  return { program: `/usr/sbin/php-fpm${version}`, extensions: `/etc/php/${version}/fpm/conf.d` };
}

export const packageVersion = async () => (await run('dpkg-query', ['-W', '-f=${Version}', 'roundcube-core'])).stdout.trim();

function start(name, program, words, env = {}) {
  // The kernel ends it when we end, however that comes about.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', program, ...words], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const one = { name, child, said: '' };
  child.on('error', (error) => { one.said += error.message; });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { one.said += bytes; });
  return one;
}

/** Asks a program to end, and ends it when it has not within five seconds. */
async function end({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((done) => {
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
    child.once('exit', () => { clearTimeout(late); done(); });
    child.kill('SIGTERM');
  });
}

/** What the programs wrote about errors, to be shown when something fails. */
async function logs(home) {
  const names = await readdir(join(home, 'log')).catch(() => []);
  const texts = await Promise.all(names.map(async (name) => `${name}:\n${(await readFile(join(home, 'log', name), 'utf8')).slice(-2_000)}`));
  return texts.join('\n');
}

async function freePort() {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await new Promise((done) => {
      const server = net.createServer();
      server.once('error', () => done(false));
      server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
    })) return port;
  }
  throw new Error('no free port');
}

function answers(port) {
  return new Promise((done) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('error', () => done(false));
    socket.once('data', (greeting) => { socket.destroy(); done(greeting.toString().startsWith('* OK')); });
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const peer = await startRoundcube({ folder: process.argv[2] });
  console.log(`Roundcube is ready: ${peer.url} (user ${config.USER}, password ${config.PASSWORD}), IMAP on port ${peer.imapPort}, files in ${dirname(peer.home)}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => peer.stop().then(() => process.exit()));
}
