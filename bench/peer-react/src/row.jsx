// One row of the list, drawn again only when something of it changed.
import { memo } from 'react';
import { Disc, Icon } from './icons.jsx';
import { hue, initials, label, people, rowName, shortTime, subjectOf } from './words.js';

/** Height of a row in CSS pixels; the style sheet's `--row` is the same number. */
export const ROW = 68;

const Signs = memo(({ when }) => (
  <span className="signs">
    <span className="many" />
    <span className="sign-flag"><Icon name="flag" filled /></span>
    <span className="sign-file"><Icon name="paperclip" /></span>
    <span className="time">{when}</span>
  </span>
));

const Cell = memo(({ row, who, subject, when, own }) => {
  const person = own ? row?.to[0] : row?.from;
  return (
    <div role="gridcell" className="cell">
      <Disc name={person ? initials(label(person)) : ''} person={person ? hue(person.address) : 0} />
      <span className="from" dir="auto">{who}</span>
      <Signs when={when} />
      <span className="subject" dir="auto">{subject}</span>
      <span className="preview" dir="auto">{row?.preview}</span>
    </div>
  );
});

export const Row = memo(({ index, row, isCurrent, own, onOpen }) => {
  const who = row && people(row, own);
  const subject = row && subjectOf(row);
  const when = row && shortTime(-row.order);
  return (
    <div
      role="row" className="row" id={`row-${index}`} style={{ transform: `translateY(${index * ROW}px)` }}
      aria-rowindex={index + 1} aria-selected={isCurrent} aria-label={row ? rowName(row, who, subject, when) : 'Loading'}
      data-message-id={row?.id} data-unread={row && !row.isRead ? '' : undefined} data-flagged={row?.flagged ? '' : undefined}
      data-attachments={row?.hasAttachments ? '' : undefined} data-ghost={row ? undefined : ''}
      onClick={row && (() => onOpen(row.id))}
    >
      <Cell row={row} who={who} subject={subject} when={when} own={own} />
    </div>
  );
});
