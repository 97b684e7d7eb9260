// The message list: a pool of rows made once and handed to whichever message scrolls into their place.
// Only what changed is written, and nothing is read back from the layout while scrolling.
import { ID, rowElement, writeRow } from '../rows.mjs';
import { ROW, View, slotRow } from './window.mjs';
import { shownOf } from './words.mjs';

/** Screens of rows read ahead on either side. */
const AHEAD = 3;

export class List {
  #grid;
  #canvas;
  #template;
  #mailbox;
  #slots = [];
  #pinned;
  #scroll = 0;
  #current = 0;
  #ghosts = false;
  /** Nothing is read ahead before the first rows are painted. */
  readsAhead = false;

  constructor(grid, template, mailbox, height) {
    this.#grid = grid;
    this.#canvas = grid.firstElementChild;
    this.#template = template;
    this.#mailbox = mailbox;
    this.#pinned = this.#slot();
    this.resize(height);
    grid.addEventListener('scroll', () => {
      this.#scroll = grid.scrollTop;
      this.draw();
    }, { passive: true });
  }

  #slot() {
    const slot = rowElement(this.#template);
    slot.element.hidden = true;
    return Object.assign(slot, { hidden: true, selected: false, key: null });
  }

  /** Takes the height of the view, in CSS pixels. */
  resize(height) {
    this.view = new View(this.#mailbox.total, height);
    const missing = this.view.pool - this.#slots.length;
    if (missing > 0) {
      const fresh = Array.from({ length: missing }, () => this.#slot());
      this.#slots.push(...fresh);
      this.#canvas.append(...fresh.map(({ element }) => element), this.#pinned.element);
    }
    for (const slot of this.#slots.splice(this.view.pool)) slot.element.remove();
    this.#frame();
    this.draw();
  }

  /** Rows came at these places, one after the other: what was in view stays there unless the top itself is. */
  grown(places) {
    const first = this.view.total === 0;
    this.view = new View(this.#mailbox.total, this.view.height);
    if (!first) for (const place of places) this.#current += place <= this.#current ? 1 : 0;
    this.#frame();
    if (this.#scroll >= 1) this.#goTo(this.#scroll + places.length * ROW);
    this.draw();
    this.#grid.setAttribute('aria-activedescendant', `row-${this.#current}`);
  }

  #frame() {
    this.#canvas.style.height = `${Math.round(this.view.canvas)}px`;
    this.#grid.ariaRowCount = String(this.view.total);
  }

  /** Draws the rows of the scroll position. */
  draw() {
    const { view } = this;
    const first = view.first(this.#scroll);
    const shift = this.#scroll - view.reach(this.#scroll);
    this.#ghosts = false;
    this.#slots.forEach((slot, at) => this.#place(slot, slotRow(at, first, view.pool), shift));
    // The current row stays in the page even when scrolled away: the grid's focus points at it.
    const away = this.#current < first || this.#current >= first + view.pool;
    this.#place(this.#pinned, away ? this.#current : view.total, shift);
    if (this.#ghosts || this.readsAhead) this.#readAhead(first);
  }

  #place(slot, index, shift) {
    const { element } = slot;
    const hidden = index >= this.view.total;
    if (slot.index !== index) {
      slot.index = index;
      element.id = `row-${index}`;
      element.ariaRowIndex = String(index + 1);
    }
    if (slot.hidden !== hidden) {
      slot.hidden = hidden;
      element.hidden = hidden;
    }
    const top = Math.round(Math.min(index, this.view.total) * ROW + shift);
    if (slot.top !== top) {
      slot.top = top;
      element.style.transform = `translateY(${top}px)`;
    }
    const row = hidden ? undefined : this.#mailbox.row(index);
    const key = row?.texts[ID];
    this.#ghosts ||= key === undefined && !hidden;
    if (key !== slot.key) {
      slot.key = key;
      writeRow(slot, row, shownOf(row));
    }
    const selected = index === this.#current;
    if (slot.selected !== selected) {
      slot.selected = selected;
      element.ariaSelected = String(selected);
    }
  }

  async #readAhead(first) {
    const reach = AHEAD * this.view.pool;
    // What is in view comes first when it is missing.
    const came = this.#ghosts
      ? await this.#mailbox.want(first, first + this.view.pool)
      : await this.#mailbox.want(first - reach, first + this.view.pool + reach);
    // By now the view may be over rows that were not asked for by the scroll that brought it there.
    if (came && this.#ghosts) this.draw();
  }

  #goTo(position) {
    this.#grid.scrollTop = Math.round(position);
    this.#scroll = this.#grid.scrollTop;
  }

  /** Makes a row the current one and brings it into view. */
  select(index) {
    const there = Math.max(0, Math.min(index, this.view.total - 1));
    this.#current = there;
    const position = this.view.reveal(there, this.#scroll);
    if (position !== undefined) this.#goTo(position);
    this.draw();
    this.#grid.setAttribute('aria-activedescendant', `row-${there}`);
  }

  step(by) { this.select(this.#current + by); }
}
