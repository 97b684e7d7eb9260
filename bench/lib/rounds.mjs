// Rounds: every contender is measured twice in each, there and back (A B … B A), so that a drift of the machine hits all alike; a ratio
// is taken within each way.
// A round in which the machine itself was slower than usual is measured again; too many of them end the run.
import { performance } from 'node:perf_hooks';
import { interval, median } from './stats.mjs';

/** A round counts when its canary lies within this share of the usual time. */
const CALM = 0.15;
/** Most rounds that may be discarded, as a share of all that were run. */
const DISCARDED = 0.3;
/** A few are always allowed: short runs have few rounds. */
const ALLOWED = 3;

/** Times a fixed loop of integers, in ms: how fast this machine is just now. */
export function canary() {
  const start = performance.now();
  let state = 1;
  for (let step = 0; step < 20_000_000; step += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  const took = performance.now() - start;
  if (state === 42) throw new Error('the loop has to be run');
  return took;
}

/**
 * Measures `lanes` (name to an async function that resolves to a number, or to an object of numbers) in `count` rounds after
 * `warmUps`. Resolves to `{rounds: [{name: value}], discarded}`, with one entry for each way: two for a round.
 */
export async function inRounds(lanes, { count, warmUps = 1, log = () => {}, calm = CALM } = {}) {
  const names = Object.keys(lanes);
  const rounds = [];
  const canaries = [];
  let discarded = 0;
  for (let tries = 0; rounds.length < 2 * count;) {
    const before = canary();
    const ways = [];
    for (const order of [names, names.toReversed()]) {
      const values = {};
      for (const name of order) values[name] = await lanes[name]();
      ways.push(values);
    }
    const speed = Math.max(before, canary());
    if (tries++ < warmUps) { canaries.push(speed); continue; }
    // The usual speed is what most rounds had; the first ones count towards it, and cannot be judged yet.
    const usual = median([...canaries, speed]);
    canaries.push(speed);
    if (speed > usual * (1 + calm)) {
      discarded += 1;
      log(`round discarded: the machine was ${Math.round((speed / usual - 1) * 100)} % slower than usual`);
      if (discarded > Math.max(ALLOWED, DISCARDED / (1 - DISCARDED) * count)) {
        throw new Error(`${discarded} of ${rounds.length / 2 + discarded} rounds had to be discarded: this machine is too busy to measure on`);
      }
      continue;
    }
    rounds.push(...ways);
    for (const values of ways) log(names.map((name) => `${name} ${shown(values[name])}`).join('   '));
  }
  return { rounds, discarded };
}

const shown = (value) => (typeof value === 'number' ? value.toFixed(1) : Object.entries(value).map(([key, one]) => `${key} ${one.toFixed(1)}`).join(' '));

/** What a lane took: the median over all rounds with its interval. `pick` takes a number out of a value that has several. */
export const figure = (rounds, name, pick = (value) => value) => interval(rounds.map((round) => pick(round[name])));

/** How much one lane took against another: the median of the rounds' ratios with its interval. */
export const ratio = (rounds, name, against, pick = (value) => value) => interval(rounds.map((round) => pick(round[name]) / pick(round[against])));

/** As {@link ratio}, after what a blank page takes was subtracted from both. */
export const netRatio = (rounds, name, against, blank, pick = (value) => value) => interval(
  rounds.map((round) => (pick(round[name]) - pick(round[blank])) / (pick(round[against]) - pick(round[blank]))),
);
