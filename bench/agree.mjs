// Whether two runs say the same: `node bench/agree.mjs ONE.json OTHER.json` compares every ratio of both. Two intervals that do not
// meet are a disagreement, unless they are a hair apart.
import { readFileSync } from 'node:fs';

/** Medians closer than this agree whatever their intervals: a few rounds make intervals too narrow. */
const HAIR = 0.1;

const [one, other] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')));
const key = ({ metric, what, throttle, against }) => [metric, what, throttle, against].join(' | ');
const ratios = (run) => new Map(run.results.filter(({ kind }) => kind === 'ratio').map((result) => [key(result), result.value]));
const [first, second] = [ratios(one), ratios(other)];
let apart = 0;
for (const [name, a] of first) {
  const b = second.get(name);
  if (b === undefined) continue;
  const meet = a.low <= b.high && b.low <= a.high;
  const near = Math.abs(a.middle / b.middle - 1) <= HAIR;
  if (!meet && !near) apart += 1;
  console.log(`${meet ? 'agree  ' : near ? 'near   ' : 'DIFFER '} ${a.middle.toFixed(2)} [${a.low.toFixed(2)}, ${a.high.toFixed(2)}]  ${b.middle.toFixed(2)} [${b.low.toFixed(2)}, ${b.high.toFixed(2)}]  ${name}`);
}
console.log(`${first.size} ratios, ${apart} disagree`);
process.exitCode = apart === 0 ? 0 : 1;
