// The message list: TanStack Virtual over the number of rows, rows read from the store for what is looked at.
// An arrival above does not move what is being read.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useEffect, useLayoutEffect, useRef } from 'react';
import { openMessage } from './acts.js';
import { ROW, Row } from './row.jsx';
import { search } from './search.js';
import { needRows, set, useApp } from './state.js';
import { folderSummary } from './words.js';

/** Rows drawn beyond each edge, as many as the compared list draws. */
const OVERSCAN = 6;
/** Rows that must be here beyond each edge, and how many are read once one of them is missing. */
const NEAR = 60;
const AHEAD = 240;
/** The height assumed for the very first drawing: the window without heading and footer. */
const likelyHeight = () => Math.max(200, innerHeight - 86);

const own = new Set(['drafts', 'sentitems', 'outbox']);

const Head = () => {
  const folder = useApp((app) => app.folders.find(({ id }) => id === app.folder));
  const query = useApp((app) => app.query);
  const deferred = useDeferredValue(query);
  useEffect(() => { search(deferred); }, [deferred]);
  return (
    <div className="pane-head list-head">
      <h1 dir="auto">{folder?.name ?? 'Messages'}</h1>
      <p className="list-summary">{folder && folderSummary(folder)}</p>
      <input
        type="search" role="searchbox" aria-label="Search" placeholder="Search" className="search" value={query}
        onChange={(event) => set({ query: event.target.value })}
        onKeyDown={(event) => { if (event.key === 'Escape') set({ query: '' }); }}
      />
    </div>
  );
};

/** Gives rows that scroll into view the elements of those that left it: React then only writes new words into them. */
function useSlots(keys) {
  const slots = useRef(new Map()).current;
  const shown = new Set(keys);
  for (const key of slots.keys()) if (!shown.has(key)) slots.delete(key);
  const taken = new Set(slots.values());
  let free = 0;
  for (const key of keys) {
    if (slots.has(key)) continue;
    while (taken.has(free)) free += 1;
    slots.set(key, free);
    free += 1;
  }
  return slots;
}

export const MessageList = () => {
  const grid = useRef(null);
  const ids = useApp((app) => app.found ?? app.ids);
  const total = useApp((app) => (app.found ? app.found.length : app.total));
  const known = useApp((app) => app.known);
  const rows = useApp((app) => app.rows);
  useApp((app) => app.turn);
  const current = useApp((app) => app.current);
  const place = useApp((app) => (app.found ? 'found' : app.folder));
  const isOwn = useApp((app) => own.has(app.folders.find(({ id }) => id === app.folder)?.wellKnown));
  const virtual = useVirtualizer({
    count: total, getScrollElement: () => grid.current, estimateSize: () => ROW, overscan: OVERSCAN,
    initialRect: { width: 380, height: likelyHeight() },
  });
  const items = virtual.getVirtualItems();
  const slots = useSlots(items.map(({ index }) => ids[index] ?? index));
  const first = items[0]?.index ?? 0;
  const end = (items.at(-1)?.index ?? -1) + 1;
  const currentIndex = current === undefined ? -1 : ids.indexOf(current);

  useEffect(() => { needRows(first, end, NEAR, AHEAD); }, [first, end, ids]);
  useLayoutEffect(() => { grid.current.scrollTop = 0; }, [place]);
  const before = useRef({ ids, place });
  useLayoutEffect(() => {
    const was = before.current;
    before.current = { ids, place };
    const scrollTop = virtual.scrollOffset ?? 0;
    if (was.ids === ids || was.place !== place || scrollTop < 1) return;
    const index = Math.floor(scrollTop / ROW);
    const now = ids.indexOf(was.ids[index]);
    if (now >= 0 && now !== index) grid.current.scrollTop = scrollTop + (now - index) * ROW;
  }, [ids, place]);
  useLayoutEffect(() => {
    if (currentIndex < 0) return;
    // What the virtualizer knows already: asking the element would lay the page out at once.
    const { scrollOffset, scrollRect } = virtual;
    const top = currentIndex * ROW;
    if (top < scrollOffset) grid.current.scrollTop = top;
    else if (top + ROW > scrollOffset + scrollRect.height) grid.current.scrollTop = top + ROW - scrollRect.height;
  }, [current]);

  return (
    <div className="list-pane">
      <Head />
      <div className="list-frame">
        <div
          role="grid" className="list" id="messages" tabIndex={0} ref={grid} aria-label="Messages" aria-rowcount={known ? total : -1}
          aria-busy={!known} aria-activedescendant={currentIndex < 0 ? undefined : `row-${currentIndex}`}
        >
          <div role="rowgroup" className="canvas" style={{ height: virtual.getTotalSize() }}>
            {items.map(({ index }) => {
              const id = ids[index];
              return <Row key={slots.get(id ?? index)} index={index} row={rows.get(id)} isCurrent={index === currentIndex} own={isOwn} onOpen={openMessage} />;
            })}
          </div>
        </div>
      </div>
    </div>
  );
};
