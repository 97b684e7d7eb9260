// Carries acts to the server, oldest first and one at a time. An entry leaves the table once the server took it or refused it.
import { database } from './database.js';
import { ask } from './graph.js';
import { pending } from './sync.js';

const IN_DOUBT = (error) => error.statusCode === undefined || error.statusCode < 0 || error.statusCode === 429 || error.statusCode >= 500;

async function carry(entry) {
  if (entry.kind === 'read') return (await ask(`/me/messages/${entry.id}`)).patch({ isRead: entry.isRead });
  if (entry.kind === 'move') return (await ask(`/me/messages/${entry.id}/move`)).post({ destinationId: entry.to });
  if (!entry.draft) {
    const { id } = await (await ask('/me/messages')).post(entry.mail);
    entry.draft = id;
    await database.outbox.put(entry);
  }
  return (await ask(`/me/messages/${entry.draft}/send`)).post(undefined);
}

let running;
let again = false;

/** Carries out all that waits; ends early where the server cannot be reached. */
export function flush() {
  again = true;
  running ??= (async () => {
    while (again) {
      again = false;
      const entries = await database.outbox.toArray();
      for (const { id } of entries) if (id) pending.add(id);
      for (const entry of entries) {
        try {
          await carry(entry);
        } catch (error) {
          if (IN_DOUBT(error)) return;
        }
        await database.outbox.delete(entry.number);
        if (entry.id && !entries.some((other) => other.number > entry.number && other.id === entry.id)) pending.delete(entry.id);
      }
    }
  })().finally(() => { running = undefined; });
  return running;
}
