// 13: how cost grows with the mailbox: the same warm start and scrolling at several sizes, and the slope of their logarithms.
// 0 means that the size does not matter, 1 that twice the mail takes twice the time.
import { warmOpen } from '../lib/mailbox.mjs';
import { figure, inRounds } from '../lib/rounds.mjs';
import { interval } from '../lib/stats.mjs';

export const metric = { number: 13, name: 'scale', title: 'How cost grows with the mailbox' };

export async function run(bench) {
  const sizes = bench.quick ? [1_000, 5_000] : [1_000, 10_000, 100_000];
  for (const name of ['petrel', 'react']) {
    const lanes = {};
    const browsers = [];
    try {
      for (const size of sizes) {
        const stage = await bench.stage(size, { without: ['react-split', 'roundcube'] });
        const browser = await stage.browser();
        browsers.push(browser);
        lanes[size] = () => warmOpen(browser, stage.contenders[name], { expected: stage.contenders[name].expected });
      }
      const { rounds } = await inRounds(lanes, { count: bench.quick ? 2 : 9, log: bench.log });
      for (const size of sizes) bench.figure({ what: `rows painted at ${size.toLocaleString('en')}`, unit: 'ms', throttle: 'none', contender: name, value: figure(rounds, String(size), ({ painted }) => painted) });
      bench.figure({ what: 'slope of warm start', unit: '', throttle: 'none', contender: name, value: interval(rounds.map((round) => slope(sizes, sizes.map((size) => round[size].painted)))) });
    } finally {
      for (const browser of browsers) await browser.close();
    }
  }
}

/** The slope of the straight line through the logarithms, by least squares. */
export function slope(xs, ys) {
  const [a, b] = [xs.map(Math.log), ys.map(Math.log)];
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [x, y] = [mean(a), mean(b)];
  return a.reduce((sum, value, at) => sum + (value - x) * (b[at] - y), 0) / a.reduce((sum, value) => sum + (value - x) ** 2, 0);
}
