// The empty page: what a navigation, a service worker and a script cost before a page does anything.
import { keepFiles } from './keep.mjs';
import { afterPaint, mark } from './paint.mjs';

afterPaint(() => {
  mark('first-list');
  keepFiles();
});
