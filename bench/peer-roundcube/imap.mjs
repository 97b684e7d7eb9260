// A small IMAP client over a socket: enough to make folders, append many messages quickly and count them.
// Literals go out without waiting (LITERAL+, RFC 7888) and many messages in one command (MULTIAPPEND, RFC 3502).
import { once } from 'node:events';
import net from 'node:net';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export class Imap {
  #socket;
  #buffer = '';
  #waiting = new Map();
  #untagged = [];
  #number = 0;
  #failure;

  /** Connects and logs in. */
  static async open({ port, user, password }) {
    const imap = new Imap();
    imap.#socket = net.connect(port, '127.0.0.1');
    await once(imap.#socket, 'connect');
    imap.#socket.setNoDelay(true);
    imap.#socket.setEncoding('latin1');
    imap.#socket.on('data', (text) => imap.#read(text));
    imap.#socket.on('error', (error) => imap.#fail(error));
    imap.#socket.on('close', () => imap.#fail(new Error('IMAP: the connection ended')));
    await imap.command(`LOGIN ${quoted(user)} ${quoted(password)}`);
    const [words] = await imap.command('CAPABILITY');
    for (const needed of ['LITERAL+', 'MULTIAPPEND']) {
      if (!words.toUpperCase().includes(needed)) throw new Error(`IMAP: the server does not offer ${needed}`);
    }
    return imap;
  }

  /** Sends one command; resolves to the untagged lines that came before its OK. `parts` are buffers that follow the line as they are. */
  command(line, parts = []) {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#number += 1;
    const tag = `a${this.#number}`;
    return new Promise((done, fail) => {
      this.#waiting.set(tag, { done, fail, line });
      this.#socket.cork();
      this.#socket.write(`${tag} ${line}`);
      for (const part of parts) this.#socket.write(part);
      this.#socket.write('\r\n');
      this.#socket.uncork();
    });
  }

  /** Appends all `messages` (`{mime, flags, at}`) to a folder in one command. */
  async append(folder, messages) {
    const parts = messages.flatMap(({ mime, flags, at }) => [` (${flags.join(' ')}) ${internalDate(at)} {${mime.length}+}\r\n`, mime]);
    await this.command(`APPEND ${quoted(folder)}`, parts);
  }

  /** Makes a folder and subscribes to it, where it is not there. */
  async ensureFolder(folder) {
    const found = await this.command(`LIST "" ${quoted(folder)}`);
    if (!found.some((line) => line.startsWith('* LIST'))) await this.command(`CREATE ${quoted(folder)}`);
    await this.command(`SUBSCRIBE ${quoted(folder)}`);
  }

  /** `{messages, unseen}` of a folder. */
  async status(folder) {
    const lines = await this.command(`STATUS ${quoted(folder)} (MESSAGES UNSEEN)`);
    const numbers = /MESSAGES (\d+) UNSEEN (\d+)/.exec(lines.find((line) => line.startsWith('* STATUS')) ?? '');
    if (!numbers) throw new Error(`IMAP: no counts of ${folder} in ${lines.join(' ')}`);
    return { messages: Number(numbers[1]), unseen: Number(numbers[2]) };
  }

  async close() {
    await this.command('LOGOUT').catch(() => {});
    this.#socket.destroy();
  }

  #read(text) {
    this.#buffer += text;
    for (let end = this.#buffer.indexOf('\r\n'); end >= 0; end = this.#buffer.indexOf('\r\n')) {
      const line = this.#buffer.slice(0, end);
      this.#buffer = this.#buffer.slice(end + 2);
      const [tag, verdict] = line.split(' ', 2);
      const waiting = this.#waiting.get(tag);
      if (!waiting) {
        this.#untagged.push(line);
        continue;
      }
      this.#waiting.delete(tag);
      const untagged = this.#untagged;
      this.#untagged = [];
      if (verdict === 'OK') waiting.done(untagged);
      else waiting.fail(new Error(`IMAP: ${waiting.line.slice(0, 80)}: ${line}`));
    }
  }

  #fail(error) {
    this.#failure ??= error;
    for (const { fail } of this.#waiting.values()) fail(this.#failure);
    this.#waiting.clear();
  }
}

/** A string as IMAP quotes it. A folder's name outside of ASCII would need modified UTF-7, which no folder here has. */
function quoted(text) {
  if (!/^[\x20-\x7e]*$/.test(text)) throw new Error(`IMAP: ${JSON.stringify(text)} is not plain ASCII`);
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** The time as RFC 3501's date-time, such as `"07-Feb-2026 21:52:25 +0000"`. */
function internalDate(at) {
  const two = (number) => String(number).padStart(2, '0');
  const day = `${two(at.getUTCDate())}-${MONTHS[at.getUTCMonth()]}-${at.getUTCFullYear()}`;
  return `"${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000"`;
}
