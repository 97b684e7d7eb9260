// Puts the messages of a sandbox's mailbox into the IMAP server: the same MIME, the same time of receipt, the same read and flag.
// Both clients then show the same mail, which a comparison needs; at the end the counts of every folder are compared.
import http from 'node:http';
import { ADA } from '../../tests/e2e/support/sandbox.mjs';
import { PASSWORD, USER } from './config.mjs';
import { Imap } from './imap.mjs';

/** Graph's well-known folders whose IMAP name differs from the shown one. */
const NAMES = { Inbox: 'INBOX', 'Sent Items': 'Sent', 'Deleted Items': 'Trash', 'Junk Email': 'Junk' };
const PAGE = 500;
/** Four questions at a time, as many as Graph allows one app in one mailbox. */
const AT_ONCE = 4;
/** Graph answers 10,000 requests in ten minutes; copying one message takes one, so the sandbox is asked for more. */
const REQUESTS = 10_000_000;

/**
 * Copies everything and verifies it. Resolves to the folders as `[{name, messages, unseen}]` and the messages of each, newest first,
 * as `{subject, from, preview, isRead}`.
 */
export async function fill(sandbox, imapPort) {
  const { access_token: token } = await sandbox.control('POST', 'token', { user: ADA });
  await sandbox.control('POST', 'limits', { requests: REQUESTS });
  const graph = new Graph(sandbox.graph, token);
  const imap = await Imap.open({ port: imapPort, user: USER, password: PASSWORD });
  try {
    const folders = [];
    for (const folder of await allFolders(graph)) {
      const messages = await copyFolder(graph, imap, folder);
      folders.push({ ...folder, ...await verified(imap, folder), list: messages.reverse() });
    }
    return folders.map(({ name, messages, unseen, list }) => ({ name, messages, unseen, list }));
  } finally {
    await imap.close();
    graph.close();
  }
}

/** All folders below the root, with their IMAP path. */
async function allFolders(graph, path = '/me/mailFolders', prefix = '') {
  const all = [];
  for await (const folder of graph.list(`${path}?$top=100&$select=id,displayName,totalItemCount,unreadItemCount,childFolderCount`)) {
    const name = prefix + (prefix === '' ? NAMES[folder.displayName] ?? folder.displayName : folder.displayName);
    all.push({ id: folder.id, name, total: folder.totalItemCount, unread: folder.unreadItemCount });
    if (folder.childFolderCount > 0) all.push(...await allFolders(graph, `/me/mailFolders/${folder.id}/childFolders`, `${name}/`));
  }
  return all;
}

/** Copies one folder, oldest message first, so that IMAP's own order is that of receipt. */
async function copyFolder(graph, imap, { id, name }) {
  await imap.ensureFolder(name);
  const copied = [];
  const query = `$top=${PAGE}&$orderby=receivedDateTime%20asc&$select=id,subject,from,bodyPreview,isRead,isDraft,flag,receivedDateTime`;
  for await (const page of graph.pages(`/me/mailFolders/${id}/messages?${query}`)) {
    const bodies = await inParallel(page, (message) => graph.bytes(`/me/messages/${message.id}/$value`));
    if (page.length > 0) await imap.append(name, page.map((message, at) => ({ mime: bodies[at], flags: flags(message), at: new Date(message.receivedDateTime) })));
    copied.push(...page.map(({ subject, from, bodyPreview, isRead }) => ({
      subject, from: `${from?.emailAddress.name ?? ''} <${from?.emailAddress.address ?? ''}>`, preview: bodyPreview, isRead,
    })));
  }
  return copied;
}

function flags({ isRead, isDraft, flag }) {
  return [isRead && '\\Seen', flag?.flagStatus === 'flagged' && '\\Flagged', isDraft && '\\Draft'].filter(Boolean);
}

async function verified(imap, { name, total, unread }) {
  const { messages, unseen } = await imap.status(name);
  if (messages !== total || unseen !== unread) throw new Error(`${name} holds ${messages} messages, ${unseen} unread; the sandbox has ${total}, ${unread} unread`);
  return { messages, unseen };
}

async function inParallel(items, work) {
  const results = [];
  let next = 0;
  const one = async () => {
    while (next < items.length) {
      const at = next;
      next += 1;
      results[at] = await work(items[at]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return results;
}

/** Questions to the sandbox's Graph over few kept connections. */
class Graph {
  #agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  #origin;
  #token;

  constructor(origin, token) {
    this.#origin = origin;
    this.#token = token;
  }

  async* pages(path) {
    for (let next = `${this.#origin}/v1.0${path}`; next;) {
      const answer = JSON.parse((await this.#ask(next)).toString());
      yield answer.value;
      next = answer['@odata.nextLink'];
    }
  }

  async* list(path) {
    for await (const page of this.pages(path)) yield* page;
  }

  bytes(path) { return this.#ask(`${this.#origin}/v1.0${path}`); }
  close() { this.#agent.destroy(); }

  #ask(url) {
    const headers = { authorization: `Bearer ${this.#token}`, prefer: 'IdType="ImmutableId"' };
    return new Promise((done, fail) => {
      http.get(url, { headers, agent: this.#agent }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', fail);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          if (response.statusCode === 200) done(bytes);
          else fail(new Error(`GET ${url}: ${response.statusCode} ${bytes}`));
        });
      }).on('error', fail);
    });
  }
}
