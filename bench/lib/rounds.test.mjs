// The judge is judged: statistics and rounds on figures whose outcome is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, inRounds, netRatio, ratio } from './rounds.mjs';
import { geometricMean, interval, median, mulberry32, quantile } from './stats.mjs';

test('the median of an even number of values lies between the two in the middle', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([9]), 9);
  assert.equal(quantile([0, 10], 0.95), 9.5);
  assert.ok(Number.isNaN(median([])));
});

test('an interval holds the median, narrows with more values and is the same each time', () => {
  const random = mulberry32(7);
  const values = Array.from({ length: 200 }, () => 1 + random() / 10);
  const wide = interval(values.slice(0, 10));
  const narrow = interval(values);
  assert.ok(wide.low <= wide.middle && wide.middle <= wide.high);
  assert.ok(narrow.high - narrow.low < wide.high - wide.low);
  assert.deepEqual(interval(values), narrow);
  const [two, many] = [interval([1, 2]), interval(Array.from({ length: 40 }, (_, at) => 1 + at % 2))];
  assert.ok(two.low === 0 && two.high > 5, 'two values know little');
  assert.ok(many.high - many.low < 1.2);
});

test('a ratio is taken within the round, so that a slower round does not move it', async () => {
  let speed = 0;
  const order = [];
  const lanes = {
    ours: async () => { order.push('ours'); return 2 * speed; },
    floor: async () => { order.push('floor'); speed += 1; return speed; },
  };
  speed = 1;
  const { rounds } = await inRounds(lanes, { count: 3, warmUps: 0, calm: 100 });
  assert.deepEqual(order.slice(0, 4), ['ours', 'floor', 'floor', 'ours']);
  assert.equal(rounds.length, 6, 'there and back');
  const same = [{ a: 10, b: 5, blank: 1 }, { a: 100, b: 50, blank: 10 }];
  assert.deepEqual(ratio(same, 'a', 'b'), { middle: 2, low: 2, high: 2 });
  assert.equal(netRatio(same, 'a', 'b', 'blank').middle, 2.25);
  assert.equal(figure(same, 'a').middle, 55);
});

test('there and back are two samples, and values may be several numbers', async () => {
  let count = 0;
  const { rounds } = await inRounds({ one: async () => ({ painted: (count += 2), key: 1 }) }, { count: 1, warmUps: 0, calm: 100 });
  assert.deepEqual(rounds, [{ one: { painted: 2, key: 1 } }, { one: { painted: 4, key: 1 } }]);
  assert.equal(geometricMean([2, 8]), 4);
});
