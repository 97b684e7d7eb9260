// Fills the frame that shows a mail: DOMPurify's tree is adopted as it is, so that nothing is parsed twice.
// Remote images are taken out here, and the frame's own policy refuses them besides.
import DOMPurify from 'dompurify';
import { parsing } from './policies.js';

const REMOTE = /^\s*(?:https?:)?\/\//i;
const FETCHED = ['src', 'srcset', 'background', 'poster'];

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  for (const name of FETCHED) {
    const value = node.getAttribute?.(name);
    if (value && (name === 'srcset' || REMOTE.test(value))) node.removeAttribute(name);
  }
});

/** The sanitised content of a body as a fragment. */
export function clean(html) {
  return DOMPurify.sanitize(html, {
    RETURN_DOM_FRAGMENT: true, FORCE_BODY: true, FORBID_TAGS: ['form', 'input', 'button', 'textarea', 'select', 'audio', 'video', 'source'],
    ...(parsing && { TRUSTED_TYPES_POLICY: parsing }),
  });
}

/** Shows a body in a loaded frame; returns the height of its content in CSS pixels. */
export function fill(frame, { html, text }) {
  const page = frame.contentDocument;
  const paper = page.createElement('div');
  paper.style.display = 'flow-root';
  if (html === undefined) {
    paper.style.whiteSpace = 'pre-wrap';
    paper.textContent = text;
  } else {
    paper.append(clean(html));
  }
  page.body.replaceChildren(paper);
  return Math.ceil(Math.max(paper.getBoundingClientRect().height, paper.scrollHeight));
}
