// The rows of the inbox by place, cut out of segments that are read ahead of the scroll. What is written is what is
// held: a new row joins the newest segment here first, so that it can be painted before it is stored.
import { ID, READ, Segment, pack, packDirectory, unpackDirectory } from '../rows.mjs';
import { DIRECTORY, readSegments, write } from './store.mjs';

/** Segments kept open; a segment is a hundred rows or more. */
const KEPT = 48;

/** A segment with fewer rows takes up those that come. */
const FEW = 60;

const isBefore = (a, b) => a.received > b.received || (a.received === b.received && a.texts[ID] < b.texts[ID]);

export class Mailbox {
  #db;
  #open = new Map();
  #waiting = new Set();
  #fresh = [];
  #replaced = [];
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

  /** Puts a new row on top, below those of the same moment whose ids come first; it is not stored yet. Its place. */
  insert(row) {
    let place = 0;
    for (let above = this.row(0); above && isBefore(above, row); above = this.row(place)) place += 1;
    while (place > this.#fresh.length) this.#unpackNewest();
    this.#fresh.splice(place, 0, row);
    this.#count();
    const inbox = this.folders.find(({ role }) => role === 'inbox');
    if (inbox) {
      inbox.total += 1;
      if (!(row.bits & READ)) inbox.unread += 1;
    }
    return place;
  }

  /** Makes the newest segment's rows fresh ones: its place is written anew. */
  #unpackNewest() {
    const key = this.keys.shift();
    this.counts.shift();
    this.#replaced.push(key);
    const newest = this.#open.get(key);
    for (let at = 0; at < newest.count; at += 1) this.#fresh.push(newest.row(at));
  }

  /** Stores the rows that were put on top. */
  keep() {
    this.#writing = this.#writing.then(() => this.#keepFresh());
    return this.#writing;
  }

  async #keepFresh() {
    if (this.#fresh.length === 0) return;
    // A segment that is nearly full is left alone: packing it again for one row would be work for nothing.
    if (this.#replaced.length === 0 && this.counts[0] < FEW) this.#unpackNewest();
    const packed = pack(this.#fresh);
    const last = this.#replaced.at(-1) ?? (this.keys[0] ?? 0) - 1;
    const keys = packed.map((_, at) => last - (packed.length - 1 - at));
    const gone = this.#replaced.filter((key) => !keys.includes(key));
    this.#replaced = [];
    const segments = packed.map((bytes) => new Segment(bytes));
    this.keys.unshift(...keys);
    this.counts.unshift(...segments.map(({ count }) => count));
    segments.forEach((segment, at) => this.#open.set(keys[at], segment));
    this.#fresh = [];
    this.#count();
    await write(this.#db, [[DIRECTORY, packDirectory(this)], ...packed.map((bytes, at) => [keys[at], bytes])], { gone });
  }
}
