// The first sync, off the main thread: the page only starts its worker and passes on what it says.
import { keepFiles, scriptUrl } from './keep.mjs';
import { mark } from './paint.mjs';

const worker = new Worker(scriptUrl('/sync-worker.js'), { type: 'module' });

const ask = (words) => new Promise((done, fail) => {
  worker.onmessage = ({ data }) => (data.error ? fail(new Error(data.error)) : done(data));
  worker.onerror = (event) => fail(new Error(event.message));
  worker.postMessage(words);
});

/** Fetches and stores every row of every folder; resolves to `{rows, ms}`. */
window.sync = async (service) => {
  const began = performance.now();
  const { rows } = await ask({ sync: service });
  const ms = performance.now() - began;
  mark('synced', { rows });
  return { rows, ms };
};

/** What is in the store: rows by folder id, read back. */
window.stored = async () => (await ask({ count: true })).folders;

keepFiles();
