// A body through the browser's own sanitiser into a frame's inert document: the least that showing a stranger's markup
// can cost. The frame's policy refuses what the sanitiser might leave.
import { keepFiles } from './keep.mjs';
import { mark, painted } from './paint.mjs';

/** What Petrel takes out besides what could run, which `setHTML` never keeps. */
const ELEMENTS = ['button', 'input', 'select', 'textarea', 'applet', 'audio', 'base', 'embed', 'fencedframe', 'frame', 'frameset', 'iframe', 'link', 'meta', 'object', 'portal', 'script', 'source', 'template', 'title', 'track', 'video', 'dialog', 'slot'];
const ATTRIBUTES = ['contenteditable', 'accesskey', 'action', 'autofocus', 'background', 'cite', 'codebase', 'data', 'dynsrc', 'formaction', 'imagesrcset', 'longdesc', 'lowsrc', 'manifest', 'name', 'ping', 'popovertarget', 'poster', 'srcset', 'target', 'rel'];

const FOREIGN = [{ name: 'svg', namespace: 'http://www.w3.org/2000/svg' }, { name: 'math', namespace: 'http://www.w3.org/1998/Math/MathML' }];

const sanitizer = (attributes) => new Sanitizer({ removeElements: [...ELEMENTS, ...FOREIGN], removeAttributes: attributes });
const withImages = sanitizer(ATTRIBUTES);
// A sanitiser looks at names and not at values: where no image lies in the markup itself, all sources go.
const withoutImages = sanitizer([...ATTRIBUTES, 'src']);
const OWN_IMAGE = /\bsrc\s*=\s*["']?\s*data:/i;

const loaded = new Promise((done) => {
  const ready = () => document.querySelector('iframe')?.contentDocument?.readyState === 'complete'
    && document.querySelector('iframe').contentWindow.location.pathname === '/mail-frame.html';
  const look = () => (ready() ? done(document.querySelector('iframe').contentDocument) : setTimeout(look, 10));
  look();
});

/**
 * Shows markup; resolves to `{ms, parsed, text, elements, remote}`: milliseconds from call to paint and to the sanitiser's
 * end, and what is in the frame then.
 */
window.show = async (html) => {
  const { body } = await loaded;
  const began = performance.now();
  body.setHTML(html, { sanitizer: OWN_IMAGE.test(html) ? withImages : withoutImages });
  const parsed = performance.now() - began;
  await painted();
  const ms = performance.now() - began;
  mark('body');
  const remote = [...body.querySelectorAll('[src], [srcset], [background], [poster]')].filter((element) => !element.getAttribute('src')?.startsWith('data:')).length;
  return { ms, parsed, text: body.textContent, elements: body.querySelectorAll('*').length, remote };
};

keepFiles();
