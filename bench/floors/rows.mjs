// A mailbox's rows as packed bytes, and the elements that show them: columns and one heap of text per segment, one cloned
// template per row. It is what hand-written code can do at best, so that Petrel is measured against a limit and not a peer.

/** The most bytes of a segment: Chromium keeps smaller values inside its database and larger ones in files of their own. */
export const SEGMENT = 60 * 1024;

/** The texts of a row, in the order they lie in the heap. */
export const ID = 0;
export const FOLDER = 1;
export const CONVERSATION = 2;
export const SUBJECT = 3;
export const PREVIEW = 4;
export const NAME = 5;
export const ADDRESS = 6;
export const TO = 7;
export const CC = 8;
export const REPLY_TO = 9;
const TEXTS = 10;

/** What is true of a row. */
export const READ = 1;
export const FLAGGED = 2;
export const COMPLETE = 4;
export const ATTACHMENTS = 8;
export const LOW = 16;
export const HIGH = 32;
export const DRAFT = 64;
export const REQUEST = 128;
export const RESPONSE = 256;

const KINDS = {
  '#microsoft.graph.eventmessage': REQUEST,
  '#microsoft.graph.eventmessagerequest': REQUEST,
  '#microsoft.graph.eventmessageresponse': RESPONSE,
};

// Count of rows and start of the heap.
const HEADER = 8;
// Moment, texts' ends, bits.
const PER_ROW = 8 + 4 * TEXTS + 2;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const people = (list) => (list?.length ? list.map(({ emailAddress }) => `${emailAddress?.name ?? ''}\x1f${emailAddress?.address ?? ''}`).join('\x1e') : '');

/** The row of a message as Graph tells it: `{received, bits, texts}`. */
export function rowOf(message) {
  const { flag, importance, from } = message;
  const status = flag?.flagStatus;
  const type = message['@odata.type'];
  const bits = (message.isRead ? READ : 0)
    | (status === 'flagged' ? FLAGGED : status === 'complete' ? COMPLETE : 0)
    | (message.hasAttachments ? ATTACHMENTS : 0)
    | (importance === 'low' ? LOW : importance === 'high' ? HIGH : 0)
    | (message.isDraft ? DRAFT : 0)
    | (type === undefined ? 0 : KINDS[type.toLowerCase()] ?? 0);
  return {
    received: Date.parse(message.receivedDateTime),
    bits,
    texts: [
      message.id, message.parentFolderId ?? '', message.conversationId ?? '', message.subject ?? '', message.bodyPreview ?? '',
      from?.emailAddress?.name ?? '', from?.emailAddress?.address ?? '',
      people(message.toRecipients), people(message.ccRecipients), people(message.replyTo),
    ],
  };
}

/** Packs rows into segments of at most {@link SEGMENT} bytes; a row that is larger by itself gets one of its own. */
export function pack(rows) {
  const segments = [];
  let heap = new Uint8Array(SEGMENT);
  let used = 0;
  let first = 0;
  const flush = (end) => {
    segments.push(join(rows, first, end, heap.subarray(0, used)));
    used = 0;
    first = end;
  };
  for (let at = 0; at < rows.length; at += 1) {
    const text = rows[at].texts.join('');
    for (;;) {
      const room = SEGMENT - HEADER - 4 - PER_ROW * (at - first + 1) - used;
      const { read, written } = room > 0 ? encoder.encodeInto(text, heap.subarray(used, used + room)) : { read: -1, written: 0 };
      if (read === text.length) {
        used += written;
        break;
      }
      if (at > first) {
        flush(at);
      } else {
        heap = encoder.encode(text);
        used = heap.length;
        flush(at + 1);
        heap = new Uint8Array(SEGMENT);
        break;
      }
    }
  }
  if (rows.length > first) flush(rows.length);
  return segments;
}

function join(rows, first, end, heap) {
  const count = end - first;
  const start = HEADER + PER_ROW * count + 4;
  const bytes = new Uint8Array(start + heap.length);
  const [head, received, ends, bits] = columns(bytes.buffer, count);
  head[0] = count;
  head[1] = start;
  let place = 0;
  for (let at = 0; at < count; at += 1) {
    const row = rows[first + at];
    received[at] = row.received;
    bits[at] = row.bits;
    // Counted in the units of JavaScript's strings, so that the heap is decoded once and then only sliced.
    for (let field = 0; field < TEXTS; field += 1) {
      place += row.texts[field].length;
      ends[at * TEXTS + field + 1] = place;
    }
  }
  bytes.set(heap, start);
  return bytes;
}

function columns(buffer, count) {
  const ends = HEADER + 8 * count;
  const bits = ends + 4 * (TEXTS * count + 1);
  return [new Uint32Array(buffer, 0, 2), new Float64Array(buffer, HEADER, count), new Uint32Array(buffer, ends, TEXTS * count + 1), new Uint16Array(buffer, bits, count)];
}

/** How many rows a packed segment holds. */
export const countOf = (bytes) => new Uint32Array(bytes.buffer, bytes.byteOffset, 1)[0];

/** A packed segment, opened: rows are cut out of it when they are wanted. */
export class Segment {
  #received;
  #ends;
  #bits;
  #heap;

  constructor(bytes) {
    this.count = countOf(bytes);
    const [head, received, ends, bits] = columns(bytes.buffer, this.count);
    this.#received = received;
    this.#ends = ends;
    this.#bits = bits;
    this.#heap = decoder.decode(bytes.subarray(head[1]));
  }

  row(at) {
    const texts = [];
    for (let field = at * TEXTS; field < (at + 1) * TEXTS; field += 1) texts.push(this.#heap.slice(this.#ends[field], this.#ends[field + 1]));
    return { received: this.#received[at], bits: this.#bits[at], texts };
  }
}

/** The directory: each segment's key and count of rows, newest first, and the folders. */
export function packDirectory({ keys, counts, folders }) {
  const text = encoder.encode(JSON.stringify(folders));
  const bytes = new Uint8Array(4 + 8 * keys.length + text.length);
  new Uint32Array(bytes.buffer, 0, 1)[0] = keys.length;
  new Int32Array(bytes.buffer, 4, keys.length).set(keys);
  new Uint32Array(bytes.buffer, 4 + 4 * keys.length, keys.length).set(counts);
  bytes.set(text, 4 + 8 * keys.length);
  return bytes;
}

export function unpackDirectory(bytes) {
  const [length] = new Uint32Array(bytes.buffer, 0, 1);
  return {
    keys: Array.from(new Int32Array(bytes.buffer, 4, length)),
    counts: Array.from(new Uint32Array(bytes.buffer, 4 + 4 * length, length)),
    folders: JSON.parse(decoder.decode(bytes.subarray(4 + 8 * length))),
  };
}

/** A row's elements, cloned from the page's template, with what is written into them held ready. */
export function rowElement(template) {
  const element = template.content.firstElementChild.cloneNode(true);
  const cell = element.firstElementChild;
  const [disc, from, signs, subject, preview] = cell.children;
  return {
    element, disc, letters: disc.firstChild, from: from.firstChild, time: signs.lastElementChild.firstChild,
    subject: subject.firstChild, preview: preview.firstChild, index: -1, top: NaN, bits: 0,
  };
}

/** Writes a row, as `shown` words it, into its elements; without one they are a ghost. */
export function writeRow(slot, row, shown) {
  const { element } = slot;
  slot.letters.data = shown.initials;
  slot.disc.dataset.hue = shown.hue;
  slot.from.data = shown.people;
  slot.time.data = shown.time;
  slot.subject.data = shown.subject;
  slot.preview.data = shown.preview;
  element.ariaLabel = shown.name;
  if (row) {
    element.dataset.messageId = row.texts[ID];
    element.removeAttribute('data-ghost');
  } else {
    element.removeAttribute('data-message-id');
    element.dataset.ghost = '';
  }
  // A ghost shows none of the signs.
  const bits = row ? row.bits ^ READ : 0;
  const changed = bits ^ slot.bits;
  slot.bits = bits;
  if (changed & READ) element.toggleAttribute('data-unread', (bits & READ) !== 0);
  if (changed & FLAGGED) element.toggleAttribute('data-flagged', (bits & FLAGGED) !== 0);
  if (changed & ATTACHMENTS) element.toggleAttribute('data-attachments', (bits & ATTACHMENTS) !== 0);
}
