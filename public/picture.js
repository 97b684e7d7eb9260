// A picture of the screen as it was left, shown at the next start until the app itself is there: the list is in view before any wasm
// runs. It is a picture only: nothing in it can be reached or read aloud, texts are text nodes, and signing out destroys it.
'use strict';
(() => {
  const NAME = 'petrel-picture';
  const MOST = 200_000;
  // What may stand in a picture besides texts: looks and states, and nothing that could load, run, or be taken for the app's own marks.
  const KEPT = /^(class|dir|hidden|role|type|viewBox|d|x|y|rx|width|height|aria-(selected|level|current|expanded|disabled)|data-(unread|flagged|attachments|ghost|hue|look|kind|size|filled|reading|bare|drawer|lasting|stuck))$/;
  const LEFT_OUT = new Set(['IFRAME', 'SCRIPT', 'STYLE', 'DIALOG', 'TEMPLATE', 'OBJECT', 'LINK']);
  const SVG = 'http://www.w3.org/2000/svg';
  let storage;
  // Where the browser refuses storage there are no pictures.
  try { storage = globalThis.localStorage; } catch { return; }
  // A mailbox that is being left is not drawn any more.
  let left = null;

  const drawn = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || LEFT_OUT.has(node.tagName) || node.hidden) return null;
    const attributes = {};
    for (const { name, value } of node.attributes) if (KEPT.test(name)) attributes[name] = value;
    const children = [...node.childNodes].map(drawn).filter((child) => child !== null);
    return [node.namespaceURI === SVG ? 1 : 0, node.localName, attributes, node.style?.cssText ?? '', children];
  };
  const built = (picture) => {
    if (typeof picture === 'string') return document.createTextNode(picture);
    const [vector, name, attributes, style, children] = picture;
    if (LEFT_OUT.has(name.toUpperCase())) return document.createTextNode('');
    const element = vector ? document.createElementNS(SVG, name) : document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) if (KEPT.test(attribute)) element.setAttribute(attribute, value);
    if (style) element.style.cssText = style;
    element.append(...children.map(built));
    return element;
  };

  const take = () => {
    const shell = document.querySelector('body > .shell');
    const list = shell?.querySelector('[role=grid]');
    // Only what the next start would show as well: the list from its top, with rows in it.
    if (!shell || shell === left || !list || list.scrollTop > 0 || !list.querySelector('[data-message-id]')) return;
    const home = shell.querySelector('[data-well-known=inbox][aria-selected=true]') !== null && !shell.hasAttribute('data-reading');
    const text = JSON.stringify({ hash: location.hash, home, width: innerWidth, height: innerHeight, shell: drawn(shell) });
    // A full or refusing storage means no picture, and nothing else.
    try { if (text.length <= MOST) storage.setItem(NAME, text); } catch { storage.removeItem(NAME); }
  };
  const forget = () => { left = document.querySelector('body > .shell'); storage.removeItem(NAME); };
  const show = () => {
    const { hash, home, width, height, shell } = JSON.parse(storage.getItem(NAME) ?? '{}');
    if (!shell || width !== innerWidth || height !== innerHeight || !(hash === location.hash || (home && location.hash === ''))) return;
    const boot = document.getElementById('boot');
    boot.className = 'picture';
    boot.replaceChildren(built(shell));
    requestAnimationFrame(() => setTimeout(() => performance.mark('petrel:picture'), 0));
  };

  addEventListener('petrel-forget', forget);
  addEventListener('pagehide', take);
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') take(); });
  addEventListener('load', () => setTimeout(() => (globalThis.requestIdleCallback ?? setTimeout)(take), 2_000));
  // A picture that cannot be read is as good as none.
  try { show(); } catch { storage.removeItem(NAME); }
})();
