// The floors as the harness drives them: their pages behind a sandbox of their own, filled with that sandbox's inbox
// through the vanilla page's own write path.
import { build } from '../floors/build.mjs';
import { ADA, Sandbox, until } from '../../tests/e2e/support/sandbox.mjs';

/** Graph's well-known names in the order of Petrel's folder tree. */
const ROLES = ['inbox', 'drafts', 'sentitems', 'archive', 'deleteditems', 'junkemail', 'outbox'];
const ROW = 'id,parentFolderId,conversationId,subject,bodyPreview,from,toRecipients,ccRecipients,replyTo,receivedDateTime,isRead,flag,hasAttachments,importance,isDraft,internetMessageId';

/** The order of Petrel's list: newest first, then by id. */
export const inListOrder = (a, b) => Date.parse(b.receivedDateTime) - Date.parse(a.receivedDateTime) || (a.id < b.id ? -1 : 1);

/** Builds the pages and serves them. */
export async function start({ messages, seed: number }) {
  const dist = await build();
  const sandbox = await Sandbox.start({ messages, seed: number, dist });
  return { name: 'floors', url: sandbox.app, sandbox, prefix: 'floor:', stop: () => sandbox.kill() };
}

/** What the pages' `listen` and `sync` need to reach the mailbox. */
export async function service({ sandbox }, user = ADA) {
  const { access_token: token } = await sandbox.control('POST', 'token', { user });
  return { graph: sandbox.graph, token };
}

async function ask({ graph, token }, path) {
  const response = await fetch(path.startsWith('http') ? path : `${graph}/v1.0${path}`, {
    headers: { authorization: `Bearer ${token}`, prefer: 'IdType="ImmutableId"', connection: 'close' },
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function foldersOf(graph) {
  const all = [];
  for (let next = '/me/mailFolders/delta?$select=id,displayName,parentFolderId,totalItemCount,unreadItemCount,isHidden'; next;) {
    const page = await ask(graph, next);
    all.push(...page.value.filter(({ isHidden }) => !isHidden));
    next = page['@odata.nextLink'];
  }
  const roles = new Map(await Promise.all(ROLES.map(async (role) => [(await ask(graph, `/me/mailFolders/${role}?$select=id`)).id, role])));
  const known = new Set(all.map(({ id }) => id));
  const rank = ({ id }) => (roles.has(id) ? ROLES.indexOf(roles.get(id)) : ROLES.length);
  const { compare } = new Intl.Collator([], { sensitivity: 'base', numeric: true });
  const below = (parent, depth) => all
    .filter(({ parentFolderId: above }) => (known.has(above) ? above : undefined) === parent)
    .sort((a, b) => rank(a) - rank(b) || compare(a.displayName, b.displayName))
    .flatMap((folder) => [{ ...folder, depth }, ...below(folder.id, depth + 1)]);
  return below(undefined, 1).map(({ id, displayName, unreadItemCount, totalItemCount, depth }) => ({
    id, name: displayName, depth, unread: unreadItemCount, total: totalItemCount, ...(roles.has(id) ? { role: roles.get(id) } : {}),
  }));
}

/**
 * Seeds the vanilla page with the newest `count` messages of the sandbox's inbox, all of them unless said, and waits until
 * the service worker keeps the pages. Resolves to how many there are; the page is left freshly loaded.
 */
export async function seed(page, c, count = Infinity) {
  const graph = await service(c);
  await page.goto(`${c.url}/vanilla.html`);
  let stored = await page.evaluate((folders) => window.seed([], { folders }), await foldersOf(graph));
  let held = [];
  for (let next = `/me/mailFolders/inbox/messages?$select=${ROW}&$top=1000&$orderby=receivedDateTime%20desc`; next && stored < count;) {
    const answer = await ask(graph, next);
    next = answer['@odata.nextLink'];
    const rows = [...held, ...answer.value].sort(inListOrder);
    // Mail of a page's last second may go on in the next page.
    const end = next ? rows.findIndex(({ receivedDateTime }) => receivedDateTime === rows.at(-1).receivedDateTime) : rows.length;
    held = rows.splice(end);
    stored = await page.evaluate((some) => window.seed(some, { more: true }), rows.slice(0, count - stored));
  }
  await until('the service worker to keep the pages', () => page.evaluate(() => Boolean(navigator.serviceWorker.controller)));
  await page.goto(`${c.url}/vanilla.html`);
  return stored;
}
