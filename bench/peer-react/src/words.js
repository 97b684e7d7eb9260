// How rows are written: times, initials, colours and sentences, by the rules of the mailbox this page is a peer of.
// Formats are made once, because making one is dear.
const WEEK = 6 * 86_400_000;
const format = (options) => new Intl.DateTimeFormat(undefined, options);
const time = { hour: '2-digit', minute: '2-digit' };
const hour = format(time);
const weekday = format({ weekday: 'short', ...time });
const day = format({ day: 'numeric', month: 'short' });
const date = format({ day: '2-digit', month: '2-digit', year: 'numeric' });
const full = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', ...time });
const grouping = new Intl.NumberFormat();

export const fullTime = (millis) => full.format(millis);
export const grouped = (number) => grouping.format(number);

export function shortTime(millis) {
  const now = new Date();
  const then = new Date(millis);
  const sameYear = then.getFullYear() === now.getFullYear();
  if (sameYear && then.getMonth() === now.getMonth() && then.getDate() === now.getDate()) return hour.format(then);
  const age = now - then;
  if (age >= 0 && age < WEEK) return weekday.format(then);
  return (sameYear ? day : date).format(then);
}

export const label = (person) => (person?.name.trim() ? person.name : person?.address ?? '');
const names = (people) => people.map(label).join(', ');
export const toLine = (people) => (people.length > 0 ? `To ${names(people)}` : '');
export const ccLine = (people) => (people.length > 0 ? `Cc ${names(people)}` : '');

export function people(row, own) {
  if (own) return toLine(row.to) || '(No recipient)';
  return label(row.from).trim() || '(Unknown sender)';
}

export const subjectOf = (row) => (row.subject.trim() ? row.subject : '(No subject)');

export function rowName(row, who, subject, when) {
  const parts = row.isRead ? [] : ['Unread'];
  parts.push(who, subject, when);
  if (row.hasAttachments) parts.push('has attachments');
  if (row.flagged) parts.push('flagged');
  return parts.join(', ');
}

export function initials(name) {
  const letters = name.split(/[\s@.]/u).map((word) => /[A-Za-z0-9]|[^\u0000-\u007f«»¡¿·\u2000-\u206f\u3000-\u303f]/u.exec(word)?.[0]).filter(Boolean);
  return letters.length > 1 ? letters[0] + letters.at(-1) : letters.join('');
}

const encoder = new TextEncoder();

export function hue(key) {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(key)) hash = Math.imul(hash ^ (byte >= 65 && byte <= 90 ? byte + 32 : byte), 0x01000193);
  return (hash >>> 8) % 10;
}

const counted = (number) => `${grouped(number)} ${number === 1 ? 'message' : 'messages'}`;
export const folderSummary = ({ total, unread }) => (unread > 0 ? `${counted(total)}, ${grouped(unread)} unread` : counted(total));
export const folderName = ({ name, unread }) => (unread > 0 ? `${name}, ${grouped(unread)} unread` : name);
