// The socket drained: every record split off, parsed, acknowledged and counted, and nothing done with it.
import { connect } from './graph.mjs';
import { keepFiles } from './keep.mjs';
import { mark } from './paint.mjs';

let count = 0;
let frames = 0;
let wanted = Infinity;
let reached;

window.listen = async (service) => {
  await connect(service, (records, at) => {
    if (frames === 0) performance.mark('floor:frame', { startTime: at });
    frames += 1;
    count += records.length;
    if (count >= wanted) {
      wanted = Infinity;
      mark('drained', { count, frames });
      reached({ count, frames, at: performance.now() });
    }
  });
};

/** Counts from now on; resolves to `{count, frames, at}` once so many notifications have come. */
window.expect = (number) => {
  count = 0;
  frames = 0;
  wanted = number;
  return new Promise((done) => { reached = done; });
};

window.counted = () => count;

keepFiles();
