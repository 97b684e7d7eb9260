// What lies on the device: the records as they are in the browser's database, read by the product's own code outside of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from './sandbox.mjs';

const READER = process.env.PETREL_READER ?? `${ROOT}target/simulator/examples/read_records`;

/** All folders with their messages as the device holds them: `{folders: [{id, complete, messages: [{id, subject, is_read, flag}]}], detached}`. */
export async function onDevice(page) {
  const lines = await page.evaluate(async () => {
    const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
    const database = await done(indexedDB.open('petrel'));
    try {
      // One transaction, so that all of it is of one moment.
      const transaction = database.transaction(['folders', 'mail']);
      const tables = await Promise.all(['folders', 'mail'].map(async (name) => {
        const table = transaction.objectStore(name);
        const [keys, values] = await Promise.all([done(table.getAllKeys()), done(table.getAll())]);
        return keys.map((key, at) => `${name}\t${key}\t${values[at].toBase64()}`);
      }));
      return tables.flat();
    } finally {
      database.close();
    }
  });
  return JSON.parse(await run(READER, `${lines.join('\n')}\n`));
}

/** How the device differs from what the server holds, in words; nothing where it does not. */
export function difference(device, folders) {
  if (device.detached.length > 0) return `${device.detached.length} messages are in no folder: ${device.detached.slice(0, 3)}`;
  const known = new Map(device.folders.map((folder) => [folder.id, folder]));
  for (const { id, display_name: name, messages } of folders) {
    const folder = known.get(id);
    if (!folder) {
      if (messages.length > 0) return `there is no folder ${name}`;
      continue;
    }
    if (!folder.complete && messages.length > 0) return `the first round of ${name} is not complete`;
    const there = new Map(folder.messages.map((message) => [message.id, message]));
    if (folder.messages.length !== messages.length || there.size !== messages.length) return `${name} holds ${folder.messages.length} messages (${there.size} ids) instead of ${messages.length}`;
    for (const { id: message, subject, is_read: read, flag } of messages) {
      const row = there.get(message);
      if (!row) return `${name} lacks ${message} (${subject})`;
      if (row.subject !== subject || row.is_read !== read || row.flag !== flag) return `${name}: ${JSON.stringify(row)} instead of ${JSON.stringify({ subject, read, flag })}`;
    }
    known.delete(id);
  }
  const more = [...known.values()].find(({ messages }) => messages.length > 0);
  return more && `the device holds a folder the server does not: ${more.display_name}`;
}

async function run(program, input) {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text) => { output += text; });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return output;
}
