// What a row says: names, initials, colours and times, worded as Petrel words them.
// Both lists must show the same text, or they would not be doing the same work.
import { ADDRESS, ATTACHMENTS, FLAGGED, NAME, PREVIEW, READ, SUBJECT } from '../rows.mjs';

const HUES = 10;
const WEEK = 6 * 86_400_000;
const GHOST = { initials: '', hue: 0, people: '', time: '', subject: '', preview: '', name: 'Loading' };
const SIGN = /[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f«»¡¿·\u2000-\u206f\u3000-\u303f]/;

const STYLES = {
  hour: { hour: '2-digit', minute: '2-digit' },
  weekday: { weekday: 'short', hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'short' },
  date: { day: '2-digit', month: '2-digit', year: 'numeric' },
};
const formats = {};

/** The words of a row, or of a ghost. */
export function shownOf(row) {
  if (!row) return GHOST;
  const { texts, bits, received } = row;
  const label = texts[NAME].trim() === '' ? texts[ADDRESS] : texts[NAME];
  const people = label.trim() || '(Unknown sender)';
  const subject = texts[SUBJECT].trim() === '' ? '(No subject)' : texts[SUBJECT];
  const time = timeOf(received, Date.now());
  const name = `${bits & READ ? '' : 'Unread, '}${people}, ${subject}, ${time}${bits & ATTACHMENTS ? ', has attachments' : ''}${bits & FLAGGED ? ', flagged' : ''}`;
  // A colour is a person's; nobody has the first.
  return { initials: initials(label), hue: label === '' ? 0 : hue(texts[ADDRESS]), people, time, subject, preview: texts[PREVIEW], name };
}

function timeOf(received, now) {
  const [then, today] = [new Date(received), new Date(now)];
  const age = now - received;
  const sameYear = then.getFullYear() === today.getFullYear();
  const sameDay = sameYear && then.getMonth() === today.getMonth() && then.getDate() === today.getDate();
  const style = sameDay ? 'hour' : age >= 0 && age < WEEK ? 'weekday' : sameYear ? 'day' : 'date';
  // Making a format is dear: only those that are needed are made.
  formats[style] ??= new Intl.DateTimeFormat([], STYLES[style]);
  return formats[style].format(then);
}

function initials(label) {
  const letters = [];
  for (const word of label.split(/[\s@.]/u)) {
    for (const letter of word) {
      if (!SIGN.test(letter)) {
        letters.push(letter);
        break;
      }
    }
  }
  return letters.length > 1 ? letters[0] + letters.at(-1) : letters.join('');
}

const bytesOf = new TextEncoder();

function hue(address) {
  let hash = 0x811c9dc5;
  for (const byte of bytesOf.encode(address)) {
    hash = Math.imul(hash ^ (byte >= 65 && byte <= 90 ? byte + 32 : byte), 0x01000193);
  }
  return ((hash >>> 0) >>> 8) % HUES;
}

/** A number with its thousands apart, as Petrel writes it. */
export const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ',');
