// What was really painted, and when. The same measure as Petrel's: a frame's callbacks run before its paint, the next
// task runs after it.

export const afterPaint = (then) => requestAnimationFrame(() => setTimeout(then, 0));

export const mark = (name, detail) => performance.mark(`floor:${name}`, detail && { detail });

/** Resolves once what was changed until now is on the screen. */
export const painted = () => new Promise((done) => afterPaint(done));
