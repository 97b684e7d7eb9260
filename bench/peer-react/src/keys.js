// Keys of the mailbox. In fields and dialogs they belong to what is typed into.
import { act, closeMessage, openMessage, step } from './acts.js';
import { set, state } from './state.js';

const focusList = () => document.querySelector('[role=grid]')?.focus();

const actions = {
  j: () => step(1),
  ArrowDown: () => step(1),
  k: () => step(-1),
  ArrowUp: () => step(-1),
  Enter: () => { if (state.current !== undefined) openMessage(state.current); },
  Escape: () => { closeMessage(); focusList(); },
  e: () => act('archive'),
  '#': () => act('delete'),
  Delete: () => act('delete'),
  u: () => act('read'),
  c: () => set({ composing: true }),
};

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = actions[event.key];
  const active = document.activeElement;
  if (!action || active?.closest('input, textarea, select, [contenteditable], dialog')) return;
  const free = !active || active === document.body || active.closest('[role=grid]');
  if (!free && ['Enter', 'ArrowDown', 'ArrowUp'].includes(event.key)) return;
  event.preventDefault();
  action();
}

export function listen() {
  window.addEventListener('keydown', pressed);
  return () => window.removeEventListener('keydown', pressed);
}

/** Presses a key of the body's frame in the page. */
export function passOn(event) {
  const { key, code, ctrlKey, shiftKey, altKey, metaKey, repeat } = event;
  const same = new KeyboardEvent('keydown', { key, code, ctrlKey, shiftKey, altKey, metaKey, repeat, bubbles: true, cancelable: true });
  if (!window.dispatchEvent(same)) event.preventDefault();
}
