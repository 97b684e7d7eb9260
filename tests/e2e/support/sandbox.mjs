// A sandbox of our own for a test file: a real child process on free ports, its control calls, and other clients of its mailboxes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { deliverBySmtp } from './smtp.mjs';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const DIST = process.env.PETREL_DIST ?? `${ROOT}dist`;
const PROGRAM = process.env.PETREL_SANDBOX ?? `${ROOT}target/release/sandbox`;

export const ADA = 'ada@petrel.test';
export const GRACE = 'grace@petrel.test';
export const LINUS = 'linus@petrel.test';

/** Asks again and again until the answer is truthy; fails with what was awaited and what was last seen. */
export async function until(what, ask, { timeout = 15_000, every = 50 } = {}) {
  const end = Date.now() + timeout;
  let last;
  while (Date.now() < end) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await pause(every);
  }
  const seen = last instanceof Error ? last.message : JSON.stringify(last);
  throw new Error(`waited ${timeout} ms for ${what}; last seen: ${seen}`);
}

/** Like {@link until} for an answer that must keep holding: fails as soon as it does not. */
export async function stays(what, ask, { during = 1_500, every = 100 } = {}) {
  const end = Date.now() + during;
  while (Date.now() < end) {
    if (!await ask()) throw new Error(`${what} did not stay so`);
    await pause(every);
  }
}

/** The text of a simple mail. */
export function mime({ from = 'Mira Okafor <mira@harbor.example>', to = ADA, subject, text = 'Hello from outside.', html, headers = {} }) {
  const lines = {
    From: from, To: to, Subject: subject, Date: new Date().toUTCString().replace('GMT', '+0000'),
    'Message-ID': `<${crypto.randomUUID()}@harbor.example>`, 'MIME-Version': '1.0',
    'Content-Type': `${html ? 'text/html' : 'text/plain'}; charset=utf-8`, ...headers,
  };
  return `${Object.entries(lines).map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n${html ?? text}\r\n`;
}

export class Sandbox {
  #child;
  #said = '';
  #words;

  /** Starts one; `imports` are paths, `dist` the folder of the app. With a `journal`, a file, it goes on where it was killed. */
  static async start({ messages = 60, seed = 7, imports = [], dist = DIST, journal } = {}) {
    for (let tries = 1; ; tries += 1) {
      const sandbox = new Sandbox();
      sandbox.base = await freeBase();
      sandbox.#words = ['--port-base', String(sandbox.base), '--dist', dist, '--messages', String(messages), '--seed', String(seed), '--quiet',
        ...imports.flatMap((path) => ['--import', path]),
        ...(journal ? ['--journal', journal] : []),
        // A whole test run is written down and judged against Graph's schemas afterwards.
        ...(process.env.PETREL_RECORD ? ['--record', `${process.env.PETREL_RECORD}/${process.pid}-${sandbox.base}.ndjson`] : [])];
      try {
        await sandbox.begin();
        return sandbox;
      } catch (error) {
        // Between the look and the start another program may have taken a port.
        if (tries === 5 || !/is taken by another program/.test(error.message)) throw error;
      }
    }
  }

  get app() { return `http://localhost:${this.base}`; }
  get entra() { return `http://localhost:${this.base + 1}`; }
  get graph() { return `http://localhost:${this.base + 2}`; }
  get hubOrigin() { return `http://localhost:${this.base + 3}`; }
  get upload() { return `http://localhost:${this.base + 4}`; }
  get smtpPort() { return this.base + 5; }
  get origins() { return [0, 1, 2, 3, 4].map((at) => `http://localhost:${this.base + at}`); }
  get said() { return this.#said; }

  /** Starts the process, also again after {@link kill}: same ports, and a fresh mailbox unless there is a journal. */
  async begin() {
    this.#child = spawn(PROGRAM, this.#words, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on('data', (bytes) => { this.#said += bytes; });
    const child = this.#child;
    const failed = Promise.race([
      once(child, 'error').then(([error]) => { throw error; }),
      // Once its output has been read to the end.
      once(child, 'close').then(() => { throw new Error(`the sandbox ended: ${this.#said}`); }),
    ]);
    failed.catch(() => {});
    const ended = () => child.exitCode !== null || child.signalCode !== null;
    const ready = until('the sandbox', async () => ended() || (await fetch(`${this.graph}/_sandbox/log`)).ok, { timeout: 60_000 });
    await Promise.race([ready, failed]);
    if (ended()) await failed;
    await until('its mail port', () => canConnect(this.base + 5));
  }

  /** Stops the process at once, as a power cut would. */
  async kill() {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async control(method, path, body, type = 'application/json') {
    const sent = body === undefined ? undefined : type === 'application/json' ? JSON.stringify(body) : body;
    const { status, text } = await ask(`${this.graph}/_sandbox/${path}`, method, body === undefined ? {} : { 'content-type': type }, sent);
    if (status >= 300) throw new Error(`${method} /_sandbox/${path}: ${status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Delivers a mail; its immutable id. */
  async deliver(mail, to = ADA) {
    const { id } = await this.control('POST', `deliver?to=${encodeURIComponent(to)}`, mime({ to, ...mail }), 'message/rfc822');
    return id;
  }

  /** Sends a mail by SMTP; resolves to the time just before its last byte left (ms since 1970). */
  smtp(mail, to = ADA) {
    return deliverBySmtp(this.base + 5, 'mira@harbor.example', to, mime({ to, ...mail }));
  }

  /** Replaces all faults. */
  async faults(list) {
    await this.control('DELETE', 'faults');
    if (list.length > 0) await this.control('POST', 'faults', list);
  }

  /** Microsoft becomes unreachable: connections are cut before anything is done, and live sockets with them. */
  async unreachable() {
    await this.faults([
      { host: 'graph', path: '^/(v1\\.0|beta)/', times: 1_000_000, then: { drop: 'before' } },
      { host: 'entra', path: '/', times: 1_000_000, then: { drop: 'before' } },
      { host: 'hub', path: '/', times: 1_000_000, then: { drop: 'before' } },
    ]);
    await this.hub('drop');
  }

  reachable() { return this.faults([]); }
  hub(action, allow_reconnect = true) { return this.control('POST', 'hub', { action, allow_reconnect }); }
  log() { return this.control('GET', 'log'); }
  clearLog() { return this.control('DELETE', 'log'); }
  delivered() { return this.control('GET', 'delivered'); }
  async folders(user = ADA) { return (await this.control('GET', `mailbox?user=${encodeURIComponent(user)}`)).folders; }

  /** Where a message is and how: `{folder, id, is_read, flag, …}`, or undefined when it is nowhere. */
  async find(subject, user = ADA) { return (await this.findAll(subject, user))[0]; }

  async findAll(subject, user = ADA) {
    const folders = await this.folders(user);
    return folders.flatMap((folder) => folder.messages
      .filter((message) => message.subject === subject)
      .map((message) => ({ ...message, folder: folder.display_name })));
  }

  async unread(folderName = 'Inbox', user = ADA) {
    const folder = (await this.folders(user)).find(({ display_name }) => display_name === folderName);
    return folder.messages.filter(({ is_read }) => !is_read).length;
  }

  /** A call to Graph as another client of the same mailbox. */
  async asOtherClient(method, path, body, user = ADA) {
    const { access_token } = await this.control('POST', 'token', { user });
    const headers = { authorization: `Bearer ${access_token}`, prefer: 'IdType="ImmutableId"', 'content-type': 'application/json' };
    const { status, text } = await ask(`${this.graph}/v1.0${path}`, method, headers, body === undefined ? undefined : JSON.stringify(body));
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}

/** One request over a connection of its own: the sandbox closes idle ones while a fault waits, and a pool would trip over that. */
function ask(url, method, headers, body) {
  return new Promise((done, fail) => {
    const request = http.request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => { text += part; });
      response.on('end', () => done({ status: response.statusCode, text }));
      response.on('error', fail);
    });
    request.on('error', fail);
    request.end(body);
  });
}

async function freeBase() {
  for (let tries = 0; tries < 50; tries += 1) {
    // Below 32,768, where connections going out take their ports from.
    const base = 20_000 + 10 * Math.floor(Math.random() * 1_270);
    const free = await Promise.all([0, 1, 2, 3, 4, 5].map((at) => canListen(base + at)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no six free ports in a row');
}

function canListen(port) {
  return new Promise((done) => {
    const server = net.createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}

function canConnect(port) {
  return new Promise((done) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('error', () => done(false));
    socket.once('connect', () => { socket.destroy(); done(true); });
  });
}
