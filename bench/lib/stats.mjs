// What a list of measurements comes to: medians, and ratios with the interval they are known to.
// Ratios are taken within a round and only then summed up, because a machine's speed drifts between rounds.

/** The middle of a list; the mean of the two middle ones where their number is even. */
export function median(values) {
  return quantile(values, 0.5);
}

/** The value below which the share `q` of a list lies, between neighbours by straight line. */
export function quantile(values, q) {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** A generator of numbers in [0, 1) with a seed: mulberry32. */
export function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Student's t for 95 %, by degrees of freedom from 1 on; from 21 on nearly the 1.96 of many values. */
const T = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.1, 2.09, 2.09];

/** How much too narrow an interval from so few values is when it is drawn from them alone. */
const widening = (count) => (T[count - 2] ?? 2.05) / 1.96 * Math.sqrt(count / (count - 1));

/**
 * The median of a list with its 95 % interval, by drawing from it again `draws` times, widened where the list is short: two
 * rounds know little, and their interval says so. The same list gives the same interval.
 */
export function interval(values, draws = 2_000) {
  const middle = median(values);
  if (values.length < 2) return { middle, low: middle, high: middle };
  const random = mulberry32(values.length);
  const medians = Array.from({ length: draws }, () => median(values.map(() => values[Math.floor(random() * values.length)])));
  const wide = widening(values.length);
  const low = middle - (middle - quantile(medians, 0.025)) * wide;
  // What cannot be negative has no negative bound.
  return { middle, low: Math.min(...values) >= 0 ? Math.max(0, low) : low, high: middle + (quantile(medians, 0.975) - middle) * wide };
}

/** The geometric mean of a list of ratios. */
export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
