// Checks all records of a test run: `node check.mjs FOLDER [--minimum]`. Fails on any violation, and with
// `--minimum` when fewer operations were covered than minimum.json promises.
import { createReadStream } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hasReference, operationsOf, reference } from './document.mjs';
import { Judge } from './judge.mjs';

const [folder, ...words] = process.argv.slice(2);
if (!folder) throw new Error('usage: check.mjs FOLDER [--minimum]');
if (!hasReference()) {
  console.log('schema: skipped, because the reference folder ../shared is not there');
  process.exit(0);
}
const document = reference('openapi-mail.json');
const judge = new Judge(document);
const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.ndjson')).sort();
for (const name of files) {
  for await (const line of createInterface({ input: createReadStream(join(folder, name)) })) {
    // A process that was killed while it wrote leaves half a line, and only at the end.
    let exchange;
    try { exchange = JSON.parse(line); } catch { continue; }
    judge.exchange(exchange);
  }
}

const count = [...judge.violations.values()].reduce((sum, { times }) => sum + times, 0);
console.log(`schema: ${judge.checked} responses, ${count} violations (${judge.faulted} made by faults not looked at, ${files.length} records)`);
for (const [what, { times, path }] of judge.violations) console.log(`  ${times} × ${what}\n      e.g. ${path}`);
const all = operationsOf(document);
const covered = all.filter(({ key }) => judge.covered.has(key));
console.log(`operations: ${covered.length} of ${all.length} covered`);
if (judge.outside.size > 0) console.log(`outside the document: ${judge.outside.size} kinds of calls answered, such as ${[...judge.outside.keys()].slice(0, 5).join(', ')}`);

let failed = count > 0;
if (judge.checked === 0) {
  console.log('nothing was recorded, so nothing is known');
  failed = true;
}
if (words.includes('--minimum')) {
  const missing = new Map();
  for (const { key } of all.filter((one) => !judge.covered.has(one.key))) {
    const [method, path] = key.split(' ');
    const short = `${method} ${path.replace(/^\/(me|users\/\{user-id\})(?=\/|$)/, '…')}`;
    const tree = short.includes('…') ? [path.startsWith('/me') ? 'me' : 'users'] : [];
    missing.set(short, [...(missing.get(short) ?? []), ...tree]);
  }
  for (const [what, trees] of missing) console.log(`  not covered: ${what}${trees.length > 0 ? ` (${trees.join(', ')})` : ''}`);
  const { operations } = JSON.parse(await readFile(new URL('../minimum.json', import.meta.url), 'utf8'));
  if (covered.length < operations) {
    console.log(`coverage fell: ${covered.length} operations are covered, minimum.json promises ${operations}`);
    failed = true;
  } else if (covered.length > operations) {
    console.log(`coverage rose: raise the number in tests/conformance/minimum.json from ${operations} to ${covered.length}`);
  }
}
process.exitCode = failed ? 1 : 0;
