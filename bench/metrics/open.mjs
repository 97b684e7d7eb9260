// 1: opening the app when everything is on the device: from the start of navigation to painted rows, and to an answered key press.
import { warmOpen } from '../lib/mailbox.mjs';
import { figure, inRounds, netRatio, ratio } from '../lib/rounds.mjs';

export const metric = { number: 1, name: 'open', title: 'Open the app (warm)' };

export async function run(bench) {
  for (const throttle of bench.throttles) {
    const stage = await bench.stage();
    const { floors, roundcube } = stage.contenders;
    const browser = await stage.browser(throttle);
    const lanes = {
      blank: () => floorOpen(browser, floors, 'blank.html'),
      static: () => floorOpen(browser, floors, 'static.html'),
      vanilla: () => warmOpen(browser, { ...floors, url: floors.at('vanilla.html') }, { key: true, expected: floors.expected }),
    };
    for (const name of ['petrel', 'react', 'react-split']) {
      const contender = stage.contenders[name];
      lanes[name] = () => warmOpen(browser, contender, { key: true, expected: contender.expected });
    }
    if (roundcube) lanes.roundcube = () => roundcubeOpen(browser, roundcube);
    try {
      const few = throttle === 'none' ? [4, 17] : [2, 9];
      const { rounds } = await inRounds(lanes, { count: bench.quick ? few[0] : few[1], log: bench.log });
      for (const name of Object.keys(lanes)) {
        bench.figure({ what: 'rows painted', unit: 'ms', throttle, contender: name, value: figure(rounds, name, painted) });
        if (name === 'petrel') bench.figure({ what: 'rows of the store painted', unit: 'ms', throttle, contender: name, value: figure(rounds, name, stored) });
        if (rounds[0][name].key > 0) bench.figure({ what: 'a key press answered', unit: 'ms', throttle, contender: name, value: figure(rounds, name, answered) });
      }
      const peer = bench.faster(rounds, ['react', 'react-split'], painted);
      bench.ratio({ what: 'rows painted', throttle, against: 'vanilla', target: 1.15, value: ratio(rounds, 'petrel', 'vanilla', painted) });
      bench.ratio({ what: 'rows of the store painted', throttle, against: 'vanilla', value: ratio(rounds, 'petrel', 'vanilla', stored) });
      bench.ratio({ what: 'a key press answered', throttle, against: 'vanilla', target: 1.35, value: ratio(rounds, 'petrel', 'vanilla', answered) });
      bench.ratio({ what: 'rows painted', throttle, against: peer, target: 0.5, value: ratio(rounds, 'petrel', peer, painted) });
      bench.ratio({ what: 'rows painted, less a blank page', throttle, against: peer, target: 0.3, value: netRatio(rounds, 'petrel', peer, 'blank', painted) });
      if (roundcube) bench.ratio({ what: 'rows painted', throttle, against: 'roundcube', value: ratio(rounds, 'petrel', 'roundcube', painted) });
    } finally {
      await browser.close();
    }
  }
}

const painted = (value) => value.painted;
const stored = (value) => value.stored;
const answered = (value) => value.key;

async function floorOpen(browser, floors, file) {
  const page = await browser.newPage();
  try {
    await page.goto(floors.at(file), { waitUntil: 'commit' });
    const { at } = await page.evaluate((prefix) => window.bench.mark(`${prefix}first-list`), floors.prefix);
    return { painted: at, stored: at, key: 0 };
  } finally {
    await page.close();
  }
}

async function roundcubeOpen(browser, contender) {
  const page = await browser.newPage();
  try {
    const at = await contender.warmOpen(page);
    return { painted: at, stored: at, key: 0 };
  } finally {
    await page.close();
  }
}
