// The page about the sandbox tells the truth: every control call it shows is sent as it stands, and every flag is on it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { ROOT, Sandbox } from '../e2e/support/sandbox.mjs';

const page = await readFile(`${ROOT}docs/sandbox.md`, 'utf8');
const blocks = [...page.matchAll(/^```control\n(.*?)^```/gms)].map(([, lines]) => lines.trim().split('\n'));
const calls = blocks.flat().map((line) => /^(GET|POST|DELETE) (\/_sandbox\/\S+)(?: (.*))?$/.exec(line) ?? assert.fail(line));

let sandbox;
before(async () => { sandbox = await Sandbox.start({ messages: 10 }); });
after(() => sandbox?.kill());

test('every control call of the page works as it is shown', async () => {
  assert.ok(calls.length > 50, 'the page shows the calls');
  for (const [line, method, path, body] of calls) {
    const sent = body === undefined ? undefined : JSON.stringify(JSON.parse(body));
    // A connection of its own: rules that cut connections have the kept ones closed, at any moment.
    const headers = { connection: 'close', ...(sent ? { 'content-type': 'application/json' } : {}) };
    const response = await fetch(`${sandbox.graph}${path}`, { method, body: sent, headers });
    assert.ok(response.ok, `${line}: ${response.status} ${await response.text()}`);
  }
});

test('every flag of the program is on the page', async () => {
  const source = await readFile(`${ROOT}crates/sandbox/src/server/options.rs`, 'utf8');
  const usage = /"usage: sandbox (.*?)\n/.exec(source)[1];
  for (const [flag] of usage.matchAll(/--[a-z-]+/g)) assert.match(page, new RegExp(`\`${flag}[ \`]`), flag);
});
