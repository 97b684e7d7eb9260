// What is added to every page that is measured, before any script of its own: it waits inside the page, so that nobody has to ask
// and disturb it. It only watches; the one thing it does is to press a key, the same in every contender.

/** The script as text, for `context.addInitScript`. */
export const PAGE_SCRIPT = `(${watch})();`;

/* c8 ignore start: runs in the page */
function watch() {
  if (window !== window.top) return;
  const marks = new Map();
  const waiting = [];
  const settle = () => {
    for (let at = waiting.length - 1; at >= 0; at -= 1) {
      const found = waiting[at].find();
      if (found !== undefined) waiting.splice(at, 1)[0].done(found);
    }
  };
  new PerformanceObserver((list) => {
    for (const { name, startTime, detail } of list.getEntries()) {
      if (!marks.has(name)) marks.set(name, []);
      marks.get(name).push({ at: startTime, id: detail?.id, detail });
    }
    settle();
  }).observe({ type: 'mark', buffered: true });
  let longTasks = [];
  try {
    new PerformanceObserver((list) => { longTasks.push(...list.getEntries().map(({ duration }) => duration)); }).observe({ type: 'longtask' });
  } catch { /* not every browser tells */ }
  let lastInput = 0;
  for (const kind of ['click', 'keydown']) addEventListener(kind, (event) => { if (event.isTrusted) lastInput = event.timeStamp; }, { capture: true });
  const when = (find) => new Promise((done) => { waiting.push({ find, done }); settle(); });
  /** The moment after the next paint, in ms since navigation. */
  const painted = () => new Promise((done) => { requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0)); });
  const grid = () => document.querySelector('[role=grid][aria-label=Messages]');
  const current = () => grid()?.getAttribute('aria-activedescendant') ?? null;
  /** Presses j in each frame until the list answers; the moment the answer is painted. */
  const keyAnswered = () => new Promise((done) => {
    const before = current();
    const press = () => {
      if (current() !== before) { painted().then(done); return; }
      (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key: 'j', code: 'KeyJ', bubbles: true, cancelable: true }));
      if (current() !== before) { painted().then(done); return; }
      requestAnimationFrame(press);
    };
    press();
  });
  const rows = () => [...document.querySelectorAll('[data-message-id]')]
    .map((row) => ({ index: Number(row.getAttribute('aria-rowindex')), id: row.dataset.messageId }))
    .sort((a, b) => a.index - b.index);
  window.bench = {
    painted,
    rows,
    grid,
    current,
    keyAnswered,
    /** All marks of a name so far. */
    marks: (name) => marks.get(name) ?? [],
    /** The first mark of a name; with an id, the first with that id. */
    mark: (name, id) => when(() => (marks.get(name) ?? []).find((one) => id === undefined || one.id === id)),
    forget: () => { marks.clear(); longTasks = []; },
    longTasks: () => longTasks,
    /** When the last click or key press of a person happened, in ms since navigation. */
    lastInput: () => lastInput,
    /** Warm start: the first list painted, and with \`key\` a key press answered. */
    opened: async (prefix, key) => {
      const { at } = await window.bench.mark(`${prefix}first-list`);
      const answered = key ? await keyAnswered() : 0;
      const picture = marks.get(`${prefix}picture`)?.[0].at;
      return { painted: Math.min(at, picture ?? at), stored: at, key: answered, first: rows().find(({ index }) => index === 1)?.id ?? null, shown: rows().length, total: Number(grid()?.getAttribute('aria-rowcount') ?? -1) };
    },
  };
}
/* c8 ignore stop */
