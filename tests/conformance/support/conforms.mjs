// Cases that wait for a feature are named in pending.json with the reason; they run all the same, and one that passes
// must be taken off the list, so that nothing stays pending by habit.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';

const PENDING = JSON.parse(readFileSync(new URL('../pending.json', import.meta.url), 'utf8'));
const PATIENCE_MS = 30_000;

/** A test that may be pending. */
export function conforms(name, work, options = {}) {
  const reason = PENDING[name];
  if (reason === undefined) {
    test(name, { timeout: 60_000, ...options }, work);
    return;
  }
  test(name, options, async (context) => {
    const stop = new AbortController();
    const late = pause(PATIENCE_MS, undefined, { signal: stop.signal }).then(() => { throw new Error('no end in sight'); });
    late.catch(() => {});
    let passed = true;
    try {
      await Promise.race([Promise.resolve().then(() => work(context)), late]);
    } catch {
      passed = false;
    } finally {
      stop.abort();
    }
    assert.ok(!passed, `“${name}” passes now: take it off tests/conformance/pending.json`);
    context.skip(`pending: ${reason}`);
  });
}
