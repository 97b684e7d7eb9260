// What a run came to: a table for the terminal, a page for the documentation, and where it was measured.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { version } from './browser.mjs';

const shown = (value) => {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  return size >= 1_000 ? Math.round(value).toLocaleString('en') : value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
};
const within = ({ middle, low, high }) => (low === high ? shown(middle) : `${shown(middle)} [${shown(low)}, ${shown(high)}]`);

/** Where it was measured. `profile` is a profile folder in which IndexedDB was used. */
export function machine(profile) {
  return {
    cpu: `${cpus().length} x ${cpus()[0].model}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    browser: version(),
    node: process.version,
    indexeddb: backendOf(profile),
    load: loadavg().map((one) => one.toFixed(1)).join(' '),
    commit: read('git', ['rev-parse', '--short', 'HEAD']),
  };
}

function read(program, words) {
  try { return execFileSync(program, words, { encoding: 'utf8' }).trim(); } catch { return 'unknown'; }
}

/** What IndexedDB is kept in here: Chromium is changing it. */
function backendOf(profile) {
  const folder = join(profile, 'Default', 'IndexedDB');
  if (!existsSync(folder)) return 'unknown';
  const names = readdirSync(folder);
  if (names.some((name) => name.endsWith('.leveldb'))) return 'LevelDB';
  return names.some((name) => /sqlite|\.db$/.test(name)) || names.some((name) => readdirSync(join(folder, name)).some((file) => /sqlite|\.db$/.test(file))) ? 'SQLite' : 'unknown';
}

/** The rows of a table, one for each result. */
function rowsOf(results) {
  return results.map((one) => {
    const where = one.throttle === undefined || one.throttle === 'none' ? '' : `, ${one.throttle}`;
    const p95 = one.p95 === undefined ? '' : `, p95 ${shown(one.p95)}`;
    if (one.kind === 'cannot') return [`${one.what}`, one.contender, `cannot: ${one.why}`, ''];
    if (one.kind === 'not built') return [`${one.what}`, one.contender, 'not built', ''];
    if (one.kind === 'ratio') {
      const target = one.target === undefined ? '' : `${one.value.middle <= one.target ? 'met' : 'missed'} (at most ${shown(one.target)})`;
      return [`${one.what}${where}`, `petrel / ${one.against}`, within(one.value), target];
    }
    return [`${one.what}${where}`, one.contender, `${within(one.value)} ${one.unit}${p95}`, ''];
  });
}

const byMetric = (results) => Map.groupBy ? Map.groupBy(results, ({ metric }) => metric) : results.reduce((map, one) => map.set(one.metric, [...(map.get(one.metric) ?? []), one]), new Map());

/** The table for the terminal. */
export function table(results) {
  const lines = [];
  for (const [number, group] of byMetric(results)) {
    lines.push('', `${number}. ${group[0].title}`);
    const rows = rowsOf(group);
    const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at].length)));
    for (const row of rows) lines.push(`   ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ').trimEnd()}`);
  }
  return lines.join('\n');
}

/** The page for the documentation. */
export function page({ results, where, quick, sizes, at, minutes }) {
  const parts = [`# Benchmarks

Written by \`cargo xtask bench${quick ? ' --quick' : ''}\`: change the run, not this page. How it is measured and why each peer is set up as it is: \`bench/README.md\`.

Ratios are Petrel's time (or size) by the other's, taken within each round and then summed up: below 1 is better for Petrel. In brackets is the 95 % interval of the median. Milliseconds
mean something on one machine only; the ratios are what counts. *Blank*, *static*, *vanilla*, *setHTML* and *floor* are limits written by hand without any library;
*react* and *react-split* are the mail client of the usual libraries in its two builds, of which the faster counts; *roundcube* is the webmail of that name with Dovecot.

| | |
| --- | --- |
| When | ${at.slice(0, 10)}, commit ${where.commit}, ${quick ? 'short form' : 'full form'}, ${minutes.toFixed(1)} minutes |
| Messages | ${sizes.large.toLocaleString('en')} (memory also at ${sizes.small.toLocaleString('en')}) |
| Machine | ${where.cpu}, ${where.memory}, kernel ${where.kernel}, load ${where.load} |
| Browser | ${where.browser}, IndexedDB in ${where.indexeddb} |
| Node | ${where.node} |
`];
  for (const [number, group] of byMetric(results)) {
    parts.push(`## ${number}. ${group[0].title}\n`);
    parts.push('| what | who | measured | target |\n| --- | --- | --- | --- |');
    parts.push(`${rowsOf(group).map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
  }
  return `${parts.join('\n')}`;
}
