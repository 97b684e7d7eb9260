// Thirty rows that came with the page: what parsing, style, layout and paint of the first screen cost by themselves.
import { keepFiles } from './keep.mjs';
import { afterPaint, mark } from './paint.mjs';

const show = () => afterPaint(() => {
  mark('first-list');
  keepFiles();
});

if (document.readyState === 'loading') addEventListener('DOMContentLoaded', show, { once: true });
else show();
