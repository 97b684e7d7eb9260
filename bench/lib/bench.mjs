// One run: its stages, set up when first asked for, and what was measured, in the order it was.
import { Stage } from './stage.mjs';
import { median } from './stats.mjs';
import { THROTTLES } from './browser.mjs';

/** Messages of a stage: in full, and in the short form. */
const SIZES = { full: { small: 1_000, large: 50_000 }, quick: { small: 1_000, large: 5_000 } };

export class Bench {
  #stages = new Map();
  #metric;
  results = [];

  constructor({ quick, log, size }) {
    this.quick = quick;
    this.log = (line) => log(`    ${line}`);
    this.sizes = { ...(quick ? SIZES.quick : SIZES.full), ...(size ? { large: size } : {}) };
    this.throttles = THROTTLES;
  }

  /** The stage with so many messages; what is expected of its contenders is what their servers hold now. */
  async stage(messages = this.sizes.large, options = {}) {
    if (!this.#stages.has(messages)) {
      this.#stages.set(messages, await Stage.set({ messages, log: this.log, ...options }));
    }
    const stage = this.#stages.get(messages);
    for (const contender of Object.values(stage.contenders)) if (contender?.now) contender.expected = await contender.now();
    return stage;
  }

  async end() {
    for (const stage of this.#stages.values()) await stage.strike();
  }

  begin(metric) { this.#metric = metric; }

  /** What one contender took. */
  figure(one) { this.#add('figure', one); }

  /** What Petrel took against another; below `target` is what was aimed at. */
  ratio(one) { this.#add('ratio', { contender: 'petrel', ...one }); }

  /** A contender cannot do it at all, which is no number. */
  cannot(one) { this.#add('cannot', one); }

  /** Petrel cannot do it yet, which is no number either. */
  notBuilt(one) { this.#add('not built', { contender: 'petrel', ...one }); }

  #add(kind, one) {
    const { number, name, title } = this.#metric;
    this.results.push({ metric: number, name, title, kind, ...one });
  }

  /** The one of several builds of a peer that was faster: the one that counts. */
  faster(rounds, names, pick = (value) => value) {
    return names.toSorted((a, b) => median(rounds.map((round) => pick(round[a]))) - median(rounds.map((round) => pick(round[b]))))[0];
  }
}
