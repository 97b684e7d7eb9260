// Runs one wasm-bindgen test program in Firefox or WebKit; cargo calls it as the program's runner.
// Neither browser needs a driver for that: a page of ours shows the tests and posts what they say, as a person would read it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { browsers } from './browsers.mjs';
import { verdict } from './verdict.mjs';

/** A page that says nothing new for so long hangs (ms). */
const SILENCE = 120_000;
const REPORT = '/petrel-report';
const SCRIPT = `<script>
  // In a block: a name of its own here would hide the page's from the tests.
  {
    let said = '';
    // A test may put something else in its place.
    const send = fetch.bind(window);
    // What breaks before the tests begin would otherwise look like silence.
    const broken = (what) => { if (!/^running /m.test(said)) document.getElementById('output').textContent += '\\ntest result: BROKEN: ' + what + '\\n'; };
    addEventListener('error', (event) => broken(event.message));
    addEventListener('unhandledrejection', (event) => broken(event.reason));
    setInterval(() => {
      const text = document.getElementById('output').textContent;
      if (text !== said) send('${REPORT}', { method: 'POST', body: said = text });
    }, 100);
  }
</script>`;

const [name, program, ...rest] = process.argv.slice(2);
const browser = browsers[name];
if (!browser || !program) {
  console.error(`usage: run.mjs ${Object.keys(browsers).join('|')} PROGRAM.wasm`);
  process.exit(2);
}
process.exitCode = await run() ? 0 : 1;

async function run() {
  const skipped = browser.skipped.filter((one) => basename(program).startsWith(one.program));
  const pages = await servePages([program, ...skipped.flatMap(({ test }) => ['--skip', test]), ...(skipped.length > 0 ? ['--exact'] : []), ...rest]);
  const reports = await hearReports(pages.port);
  const folder = await mkdtemp(join(tmpdir(), `petrel-${name}-`));
  const shown = await browser.open(`http://127.0.0.1:${reports.port}/`, folder);
  try {
    const text = await reports.end(shown);
    console.log(text);
    for (const { test, why } of skipped) console.log(`not run in ${name}: ${test}, because ${why}`);
    const wrong = verdict(basename(program), text);
    if (wrong) console.error(`${name}: ${wrong}`);
    return !wrong;
  } finally {
    await shown.close();
    reports.close();
    await pages.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Lets wasm-bindgen's own runner make and serve the pages of a test program. */
async function servePages(words) {
  const port = await freePort();
  const env = { ...process.env, NO_HEADLESS: '1', WASM_BINDGEN_TEST_ADDRESS: `127.0.0.1:${port}` };
  const child = spawn(process.env.PETREL_TEST_RUNNER ?? 'wasm-bindgen-test-runner', words, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit').then(([code]) => { throw new Error(`the runner ended with ${code}`); });
  ended.catch(() => {});
  await Promise.race([answers(port), ended]);
  return { port, close: () => end(child) };
}

/** Passes the pages on with a script in the first that reports what it shows. */
async function hearReports(pagesPort) {
  let last = '';
  let changed = Date.now();
  const server = http.createServer((request, response) => {
    if (request.url === REPORT) {
      let text = '';
      request.setEncoding('utf8');
      request.on('data', (part) => { text += part; });
      request.on('end', () => { [last, changed] = [text, Date.now()]; response.writeHead(204).end(); });
      return;
    }
    const passed = http.request({ port: pagesPort, host: '127.0.0.1', path: request.url, method: request.method, headers: request.headers, agent: false }, (answer) => {
      if (request.url !== '/') { response.writeHead(answer.statusCode, answer.headers); answer.pipe(response); return; }
      let html = '';
      answer.setEncoding('utf8');
      answer.on('data', (part) => { html += part; });
      answer.on('end', () => {
        const { 'content-length': _, 'transfer-encoding': __, ...headers } = answer.headers;
        response.writeHead(answer.statusCode, headers).end(html.replace('<script src=', `${SCRIPT}<script src=`));
      });
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  server.listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  const end = async (shown) => {
    // The tests are over with their last line; a browser that ended or a page that hangs will not bring it.
    while (!/^test result: .*$/m.test(last)) {
      if (shown.ended()) throw new Error(`${name} ended before the tests: ${shown.said()}\n${last}`);
      if (Date.now() - changed > SILENCE) throw new Error(`${name} said nothing new for ${SILENCE} ms: ${shown.said()}\n${last}`);
      await pause(50);
    }
    return last;
  };
  return { port: server.address().port, end, close: () => { server.closeAllConnections(); server.close(); } };
}

async function answers(port) {
  for (;;) {
    const there = await new Promise((done) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('connect', () => { socket.destroy(); done(true); });
      socket.once('error', () => done(false));
    });
    if (there) return;
    await pause(50);
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
