// The rows of the inbox by place, cut out of segments that are read ahead of the scroll. What is written is what is
// held: a new row joins the newest segment here first, so that it can be painted before it is stored.
import { READ, SEGMENT, Segment, pack, packDirectory, unpackDirectory } from '../rows.mjs';
import { DIRECTORY, readSegments, write } from './store.mjs';

/** Segments kept open; a segment is a hundred rows or more. */
const KEPT = 48;

export class Mailbox {
  #db;
  #open = new Map();
  #waiting = new Set();
  #fresh = [];
  #writing = Promise.resolve();

  /** Over what {@link readStart} brought. */
  constructor(db, [directory, newest]) {
    this.#db = db;
    const { keys, counts, folders } = directory ? unpackDirectory(directory) : { keys: [], counts: [], folders: [] };
    Object.assign(this, { keys, counts, folders });
    this.#count();
    if (newest) this.#open.set(keys[0], new Segment(newest));
  }

  #count() {
    this.starts = [];
    this.total = this.#fresh.length;
    for (const count of this.counts) {
      this.starts.push(this.total);
      this.total += count;
    }
  }

  /** The place in the directory of the segment that holds a row. */
  #segmentOf(index) {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** A row, or undefined while its segment is not here. */
  row(index) {
    if (index < this.#fresh.length) return this.#fresh[index];
    const place = this.#segmentOf(index);
    return this.#open.get(this.keys[place])?.row(index - this.starts[place]);
  }

  /** Has the segments of these rows read; resolves to whether any came. */
  async want(first, last) {
    if (this.keys.length === 0) return false;
    const [from, to] = [this.#segmentOf(Math.max(first, 0)), this.#segmentOf(Math.min(last, this.total - 1))];
    const missing = this.keys.slice(from, to + 1).filter((key) => !this.#open.has(key) && !this.#waiting.has(key));
    if (missing.length === 0) return false;
    for (const key of missing) this.#waiting.add(key);
    const [low, high] = [missing[0], missing.at(-1)];
    const wanted = this.keys.filter((key) => key >= low && key <= high);
    const records = await readSegments(this.#db, low, high);
    for (const key of missing) this.#waiting.delete(key);
    records.forEach((bytes, at) => {
      if (!this.#open.has(wanted[at])) this.#open.set(wanted[at], new Segment(bytes));
    });
    for (const key of this.#open.keys()) {
      if (this.#open.size <= KEPT) break;
      // The newest is wanted whenever mail comes, and what was just read is wanted now.
      if (key !== this.keys[0] && !wanted.includes(key)) this.#open.delete(key);
    }
    return true;
  }

  /** Puts a new row on top; it is not stored yet. */
  prepend(row) {
    this.#fresh.unshift(row);
    this.#count();
    const inbox = this.folders.find(({ role }) => role === 'inbox');
    if (!inbox) return;
    inbox.total += 1;
    if (!(row.bits & READ)) inbox.unread += 1;
  }

  /** Stores the rows that were put on top. */
  keep() {
    this.#writing = this.#writing.then(() => this.#keepFresh());
    return this.#writing;
  }

  async #keepFresh() {
    if (this.#fresh.length === 0) return;
    const newest = this.#open.get(this.keys[0]);
    // A segment that is nearly full is left alone: packing it again for one row would be work for nothing.
    const joins = newest !== undefined && newest.count < SEGMENT / 1_024;
    const rows = [...this.#fresh, ...(joins ? Array.from({ length: newest.count }, (_, at) => newest.row(at)) : [])];
    const packed = pack(rows);
    const last = joins ? this.keys[0] : (this.keys[0] ?? 0) - 1;
    const keys = packed.map((_, at) => last - (packed.length - 1 - at));
    const segments = packed.map((bytes) => new Segment(bytes));
    if (joins) {
      this.keys.shift();
      this.counts.shift();
    }
    this.keys.unshift(...keys);
    this.counts.unshift(...segments.map(({ count }) => count));
    segments.forEach((segment, at) => this.#open.set(keys[at], segment));
    this.#fresh = [];
    this.#count();
    await write(this.#db, [[DIRECTORY, packDirectory(this)], ...packed.map((bytes, at) => [keys[at], bytes])]);
  }
}
