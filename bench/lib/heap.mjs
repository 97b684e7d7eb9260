// The memory of a page with its workers, as the browser's engine counts it after collecting garbage.

/** Heap, buffers and wasm memory of a page and its dedicated workers, in MB. */
export async function heapOf(context, page) {
  const session = await context.newCDPSession(page);
  const workers = new Map();
  const answers = new Map();
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => workers.set(sessionId, targetInfo));
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result, error } = JSON.parse(message);
    const done = answers.get(id);
    if (done) { answers.delete(id); done(error ? undefined : result); }
  });
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  let number = 0;
  const ask = (sessionId, method) => new Promise((done) => {
    number += 1;
    answers.set(number, done);
    session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id: number, method, params: {} }) }).catch(() => done(undefined));
  });
  const sizeOf = ({ usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 }) => usedSize + embedderHeapUsedSize + backingStorageSize;
  let bytes = 0;
  await session.send('HeapProfiler.collectGarbage');
  bytes += sizeOf(await session.send('Runtime.getHeapUsage'));
  for (const sessionId of workers.keys()) {
    await ask(sessionId, 'HeapProfiler.collectGarbage');
    const usage = await ask(sessionId, 'Runtime.getHeapUsage');
    if (!usage) throw new Error('a worker does not tell its memory');
    bytes += sizeOf(usage);
  }
  await session.detach();
  if (workers.size < page.workers().length) throw new Error(`${page.workers().length} workers, ${workers.size} measured`);
  return bytes / 1_048_576;
}
