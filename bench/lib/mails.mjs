// Mails of a given size, as newsletters are made: tables in tables, styles, remote images. The same seed makes the same mail.
import { mulberry32 } from './stats.mjs';

const WORDS = ('harbour tide lantern meadow copper ribbon orchard signal winter paper garden window market silver letter morning river '
  + 'copperplate ledger weather station compass island journey kettle marble north ocean pepper quiet rocket summer timber under velvet').split(' ');

/** The sizes that are opened, in kB of HTML. */
export const SIZES = [5, 40, 225, 950];
export const subjectOf = (size) => `Newsletter of ${size} kB`;
export const lastWordsOf = (size) => `Here the newsletter of ${size} kB ends.`;

/** A newsletter of about `size` kB; every fifth cell has a remote image and a script that must not run. */
export function newsletter(size) {
  const random = mulberry32(size);
  const word = () => WORDS[Math.floor(random() * WORDS.length)];
  const sentence = () => `${Array.from({ length: 14 }, word).join(' ')}.`;
  const head = '<html><head><style>.cell{padding:12px;font-family:Arial,sans-serif}.head{color:#234;font-size:20px}</style></head><body><table width="100%" cellpadding="0" cellspacing="0"><tbody>';
  const foot = `</tbody></table><p>${lastWordsOf(size)}</p></body></html>`;
  const parts = [];
  let length = head.length + foot.length;
  for (let at = 0; length < size * 1_000; at += 1) {
    const image = at % 5 === 0 ? `<img src="https://images.invalid/${at}.png" width="120" height="80" alt="${word()}"><script>window.top.hurt = ${at}</script>` : '';
    const cell = `<tr><td class="cell" style="border-bottom:1px solid #dde;background:#fafbfc"><table width="600" align="center"><tbody><tr><td>${image}<h2 class="head">${word()} ${word()}</h2><p style="line-height:1.5;color:#333">${sentence()} <a href="https://news.invalid/${at}">${word()}</a> ${sentence()}</p></td></tr></tbody></table></td></tr>\r\n`;
    parts.push(cell);
    length += cell.length;
  }
  return head + parts.join('') + foot;
}

/** Delivers one of each size to a sandbox; the ids by size. */
export async function deliverNewsletters(sandbox) {
  const ids = {};
  for (const size of SIZES) {
    // Times of arrival have whole seconds, and the order of the rows must be one order.
    await sandbox.control('POST', 'clock', { advance_s: 1 });
    ids[size] = await sandbox.deliver({ subject: subjectOf(size), html: newsletter(size) });
  }
  return ids;
}
