// Which rows of a long list are on the screen, and where: the arithmetic of Petrel's own list.
// Same pool, same overscan, same scaling of very long lists, so that both lists draw the same rows.

export const ROW = 68;
const OVERSCAN = 6;
const TALLEST = 16_000_000;

export class View {
  constructor(total, height) {
    this.total = total;
    this.height = height;
    this.length = total * ROW;
    this.canvas = Math.min(this.length, TALLEST);
    this.pool = Math.floor(height / ROW) + 2 + 2 * OVERSCAN;
  }

  /** How far into the list a scroll position reaches. */
  reach(scroll) {
    if (this.length <= TALLEST) return scroll;
    const end = Math.max(this.canvas - this.height, 1);
    return Math.min(Math.max(scroll, 0), end) / end * (this.length - this.height);
  }

  #scrollFor(reach) {
    const there = Math.min(Math.max(reach, 0), Math.max(this.length - this.height, 0));
    if (this.length <= TALLEST) return there;
    return there / (this.length - this.height) * (this.canvas - this.height);
  }

  /** The first row drawn. */
  first(scroll) {
    return Math.max(0, Math.min(Math.floor(this.reach(scroll) / ROW) - OVERSCAN, this.total - this.pool));
  }

  /** Where to scroll so that a row can be seen whole; undefined when it can be already. */
  reveal(index, scroll) {
    const [top, reach] = [index * ROW, this.reach(scroll)];
    if (top < reach) return this.#scrollFor(top);
    if (top + ROW > reach + this.height) return this.#scrollFor(top + ROW - this.height);
    return undefined;
  }
}

/** The row a slot shows: slots are dealt out in turn, so scrolling by one row gives one slot a new row. */
export const slotRow = (slot, first, pool) => first + (slot + pool - first % pool) % pool;
