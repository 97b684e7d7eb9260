// The thirty rows of the static page: Petrel's markup with words of fixed mail, written at build time.
// Places stand in a style sheet of their own, because the server's policy refuses style attributes.

const ROWS = 30;
const ROW = 68;

const PEOPLE = ['Ingrid Sørensen', 'Jonas Weber', 'Mira Okafor', 'Grace Hopper', 'Linus Berg', 'Amélie Durand', 'Tomás Silva', 'Yuki Tanaka', 'Noah Clark', 'Priya Raman'];
const SUBJECTS = ['Invoice for October', 'Your bicycle', 'Minutes of Thursday', 'Travel plans for the fair', 'Draft of the contract', 'Lunch tomorrow?', 'Photos from the harbour', 'Re: Release checklist', 'Parcel on its way', 'Second reading'];
const PREVIEW = 'please find attached what we spoke about on the telephone: eight days in total, payable within thirty days. Thank you for the good collaboration, and greetings to all.';
const FOLDERS = [['inbox', 'Inbox', 17], ['drafts', 'Drafts', 1], ['sentitems', 'Sent Items', 0], ['archive', 'Archive', 3], ['deleteditems', 'Deleted Items', 0], ['junkemail', 'Junk Email', 2], ['outbox', 'Outbox', 0], ...['Conversation History', 'Newsletters', 'Projects', 'Lighthouse', 'Northwind', 'Receipts', 'Travel', '2025'].map((name) => ['', name, 0])];

const empty = (name) => `<span class="${name}" dir="auto"> </span>`;
const full = (name, text) => `<span class="${name}" dir="auto">${text}</span>`;

function row(markup, at) {
  const name = PEOPLE[at % PEOPLE.length];
  const subject = SUBJECTS[(at * 3) % SUBJECTS.length];
  const time = `${String(18 - Math.floor(at / 3)).padStart(2, '0')}:${String((59 - 17 * at % 60 + 60) % 60).padStart(2, '0')}`;
  const [first, last] = name.split(' ');
  const signs = `${at % 4 === 0 ? ' data-unread=""' : ''}${at % 5 === 1 ? ' data-attachments=""' : ''}${at % 9 === 2 ? ' data-flagged=""' : ''}`;
  return markup
    .replace('<div role="row" class="row" aria-selected="false">', `<div role="row" class="row" id="row-${at}" aria-rowindex="${at + 1}" aria-selected="${at === 0}" aria-label="${name}, ${subject}, ${time}" data-message-id="static-${at}"${signs}>`)
    .replace('data-hue="0"> </span>', `data-hue="${at % 10}">${first[0]}${last[0]}</span>`)
    .replace(empty('from'), full('from', name))
    .replace('<span class="time"> </span>', `<span class="time">${time}</span>`)
    .replace(empty('subject'), full('subject', subject))
    .replace(empty('preview'), full('preview', `Dear Ada, ${PREVIEW}`));
}

function folder(markup, [role, name, unread], at) {
  return markup
    .replace('role="treeitem"', `role="treeitem" id="folder-${at}" aria-level="1" aria-selected="${at === 0}" tabindex="${at === 0 ? 0 : -1}" aria-label="${name}" data-folder-id="static-${at}"${role && ` data-well-known="${role}"`}${unread > 0 ? ' data-unread=""' : ''}`)
    .replace('class="tree-name" dir="auto">', `class="tree-name" dir="auto">${name}`)
    .replace('class="tree-count">', `class="tree-count"${unread > 0 ? ` data-count="${unread}"` : ''}>`);
}

/** What fills the places of the page. */
export const staticParts = (parts) => ({
  rows: Array.from({ length: ROWS }, (_, at) => row(parts.row, at)).join(''),
  folders: FOLDERS.map((one, at) => folder(parts.folder, one, at)).join(''),
  account: 'ada@petrel.test',
  summary: `${ROWS} messages, 8 unread`,
  count: String(ROWS),
});

export const staticCss = () => [
  `.canvas { block-size: ${ROWS * ROW}px; }`,
  ...Array.from({ length: ROWS }, (_, at) => `#row-${at} { transform: translateY(${at * ROW}px); }`),
].join('\n');
