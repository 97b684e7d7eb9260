// Performance marks of what was really painted: a frame's callbacks run before its paint, the next task after it.
export const mark = (name, detail) => performance.mark(`peer:${name}`, detail && { detail });

export function afterPaint(then) {
  requestAnimationFrame(() => { setTimeout(then, 0); });
}

export const markPainted = (name, detail) => afterPaint(() => mark(name, detail));
