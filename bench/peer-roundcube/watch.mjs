// What runs inside Roundcube's pages to see when something is painted, added as an init script so that it is there from the start.
// It changes nothing: it listens, watches the list for changes, and takes the time in the task after the next animation frame.

/** The init script. In the page it makes `__bench`; in the preview's frame it tells the page when the text is painted. */
export function watch() {
  const painted = (then) => requestAnimationFrame(() => setTimeout(then, 0));
  if (window !== window.top) {
    if (!/[?&]_action=preview(&|$)/.test(location.search)) return;
    // The text may be painted before the frame's scripts have loaded: that moment is taken, which is in Roundcube's favour.
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true });
    document.addEventListener('readystatechange', look);
    function look() {
      const body = document.querySelector('#messagebody');
      if (!body || (document.readyState === 'loading' && !document.querySelector('#messagestack'))) return;
      observer.disconnect();
      document.removeEventListener('readystatechange', look);
      painted(() => window.top.__bench?.bodyPainted(performance.timeOrigin + performance.now(), {
        subject: document.querySelector('#message-header .subject')?.textContent ?? '', text: body.textContent,
      }));
    }
    return;
  }

  const rows = () => [...document.querySelectorAll('#messagelist > tbody > tr.message')];
  const facts = () => ({
    rows: rows().map((row) => ({
      id: row.id, subject: row.querySelector('span.subject a')?.textContent ?? '', from: row.querySelector('.fromto')?.textContent ?? '',
      address: row.querySelector('.fromto [title]')?.title ?? '', unread: row.classList.contains('unread'),
    })),
    current: rows().filter((row) => row.classList.contains('focused')).map(({ id }) => id),
    count: window.rcmail?.env.messagecount ?? 0, page: window.rcmail?.env.current_page ?? 0, pages: window.rcmail?.env.pagecount ?? 0,
  });

  /** Resolves in the task after the frame in which `holds()` became true; `start` gives the time counted from. */
  const when = (holds, start, what) => new Promise((done, fail) => {
    const observer = new MutationObserver(look);
    const late = setTimeout(() => { observer.disconnect(); fail(new Error(`waited 30 s for ${what}`)); }, 30_000);
    observer.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['class'] });
    look();
    function look() {
      if (!holds()) return;
      observer.disconnect();
      clearTimeout(late);
      painted(() => { const now = performance.now(); done({ ms: now - start(), ...facts() }); });
    }
  });

  const signedOut = new Promise((_, fail) => {
    document.addEventListener('DOMContentLoaded', () => {
      if (document.querySelector('#rcmloginuser')) fail(new Error('Roundcube shows its sign-in page instead of a list'));
    });
  });
  let preview = () => {};
  const bench = {
    list: Promise.race([when(() => rows().length > 0, () => 0, 'the first list'), signedOut]),
    bodyPainted(at, seen) { preview(at - performance.timeOrigin, seen); },
    result: undefined,
    /** Makes `result` the promise of what `kind` tells, counted from the next `event`. */
    arm(kind, event) {
      let start;
      const before = { first: rows()[0], current: facts().current.join() };
      window.addEventListener(event, ({ timeStamp }) => { start = timeStamp; }, { capture: true, once: true });
      const since = () => start;
      const begun = () => start !== undefined;
      let answered = false;
      const kinds = {
        rows: () => when(() => begun() && rows().length > 0 && rows()[0] !== before.first, since, 'another page of the list'),
        current: () => when(() => begun() && !['', before.current].includes(facts().current.join()), since, 'the current row to move'),
        results: () => {
          const hear = () => { answered = true; window.rcmail.removeEventListener('responseaftersearch', hear); };
          window.rcmail.addEventListener('responseaftersearch', hear);
          return when(() => begun() && answered, since, 'the results of the search');
        },
        body: () => new Promise((done, fail) => {
          const late = setTimeout(() => fail(new Error('waited 30 s for the message')), 30_000);
          preview = (at, seen) => { clearTimeout(late); done({ ms: at - start, ...seen }); };
        }),
      };
      bench.result = kinds[kind]();
      bench.result.catch(() => {});
    },
  };
  bench.list.catch(() => {});
  window.__bench = bench;
}
