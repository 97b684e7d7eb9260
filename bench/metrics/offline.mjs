// 3: starting without a network after the browser was restarted, against the same start with one.
import { warmOpen } from '../lib/mailbox.mjs';
import { figure, inRounds, ratio } from '../lib/rounds.mjs';

export const metric = { number: 3, name: 'offline', title: 'Start with no network after a browser restart' };

export async function run(bench) {
  const stage = await bench.stage();
  const lanes = {};
  for (const name of ['petrel', 'react', 'react-split']) {
    const contender = stage.contenders[name];
    lanes[name] = () => restart(stage, contender, true);
    if (name === 'petrel') lanes['petrel online'] = () => restart(stage, contender, false);
  }
  const vanilla = { ...stage.contenders.floors, url: stage.contenders.floors.at('vanilla.html') };
  lanes.vanilla = () => restart(stage, vanilla, true);
  const { rounds } = await inRounds(lanes, { count: bench.quick ? 3 : 15, warmUps: bench.quick ? 0 : 1, log: bench.log });
  for (const name of Object.keys(lanes)) bench.figure({ what: 'rows painted', unit: 'ms', throttle: 'none', contender: name, value: figure(rounds, name) });
  if (stage.contenders.roundcube) bench.cannot({ what: 'rows painted', contender: 'roundcube', why: 'it is a page of its server: without a network there is nothing' });
  const peer = bench.faster(rounds, ['react', 'react-split']);
  bench.ratio({ what: 'rows painted', throttle: 'none', against: 'petrel online', target: 1.05, value: ratio(rounds, 'petrel', 'petrel online') });
  bench.ratio({ what: 'rows painted', throttle: 'none', against: peer, target: 0.5, value: ratio(rounds, 'petrel', peer) });
  bench.ratio({ what: 'rows painted', throttle: 'none', against: 'vanilla', value: ratio(rounds, 'petrel', 'vanilla') });
}

async function restart(stage, contender, offline) {
  const browser = await stage.browser();
  try {
    if (offline) await browser.context.setOffline(true);
    return (await warmOpen(browser, contender, { expected: contender.expected })).painted;
  } finally {
    await browser.close();
  }
}
