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

/**
 * The median of a list with its 95 % interval, by drawing from it again `draws` times.
 * The same list gives the same interval.
 */
export function interval(values, draws = 2_000) {
  const middle = median(values);
  if (values.length < 2) return { middle, low: middle, high: middle };
  const random = mulberry32(values.length);
  const medians = Array.from({ length: draws }, () => median(values.map(() => values[Math.floor(random() * values.length)])));
  return { middle, low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/** The geometric mean of a list of ratios. */
export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
