// The reading pane: made once, filled with whichever message is open. One frame serves all messages.
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { act, bodyShown, closeMessage } from './acts.js';
import { Disc, Icon, IconButton } from './icons.jsx';
import { passOn } from './keys.js';
import { useApp } from './state.js';
import { ccLine, fullTime, hue, initials, label, people, subjectOf, toLine } from './words.js';

const RIGHTS = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox';

/** Loaded in the background of the split build, part of the only file of the other. */
let filling;
const loadFilling = () => { filling ??= import('./frame.js'); return filling; };

const Body = memo(({ message, body }) => {
  const frame = useRef(null);
  const [ready, setReady] = useState(false);
  const [height, setHeight] = useState(0);
  const [fill, setFill] = useState();
  // Neither the frame's page nor the sanitiser may be in the way of the first rows.
  const settled = useApp((app) => app.settled) || Boolean(message);
  useEffect(() => { if (settled) loadFilling().then((module) => setFill(() => module.fill)); }, [settled]);
  const shown = body && !body.failed && message ? body : undefined;
  useLayoutEffect(() => {
    if (!ready || !fill || !shown) return undefined;
    setHeight(fill(frame.current, shown));
    bodyShown(shown.id);
    const watch = new ResizeObserver(([{ contentRect }]) => setHeight(Math.ceil(contentRect.height)));
    watch.observe(frame.current.contentDocument.body.firstElementChild);
    return () => watch.disconnect();
  }, [ready, fill, shown]);
  return (
    <>
      {message && !body && <div className="ghost-body" role="img" aria-label="Loading"><b /><b /><b /><b /><b /></div>}
      {body?.failed && <div className="failure" role="alert"><p>This message is not on this device yet. It will load when you are online.</p></div>}
      <div className="paper" hidden={!shown}>
        {settled && <iframe
          className="body-frame" src="mail-frame.html" sandbox={RIGHTS} ref={frame} data-body-of={shown?.id}
          title={message ? `Message from ${people(message, false)}` : 'Message'} style={{ height }}
          onLoad={() => { frame.current.contentDocument.addEventListener('keydown', passOn); setReady(true); }}
        />}
      </div>
    </>
  );
});

const Heading = memo(({ message }) => {
  const from = message?.from;
  return (
    <div className="heading">
      <h2 id="message-subject" tabIndex={-1} dir="auto">{message && subjectOf(message)}</h2>
      <div className="sender">
        <Disc name={from ? initials(label(from)) : ''} person={from ? hue(from.address) : 0} />
        <p className="sender-line">
          <span className="sender-name" dir="auto">{message && people(message, false)}</span>
          {' '}
          <span className="sender-address" dir="auto">{from && label(from) !== from.address ? from.address : ''}</span>
        </p>
        <span className="sender-time">{message && fullTime(-message.order)}</span>
        <p className="sender-to">
          <span dir="auto">{message && toLine(message.to)}</span>
          <span dir="auto" className="sender-cc">{message && ccLine(message.cc)}</span>
        </p>
      </div>
    </div>
  );
});

const Files = memo(({ files }) => files?.length > 0 && (
  <div className="files">
    <h3>{files.length === 1 ? '1 attachment' : `${files.length} attachments`}</h3>
    <ul aria-label="Attachments">
      {files.map((file) => (
        <li className="file" key={file.id}>
          <Icon name="paperclip" />
          <span className="file-name" dir="auto">{file.name}</span>
          <span className="file-size">{Math.ceil(file.size / 1_000)} kB</span>
        </li>
      ))}
    </ul>
  </div>
));

export const ReadingPane = () => {
  const message = useApp((app) => app.open);
  const body = useApp((app) => app.body);
  const scroller = useRef(null);
  useLayoutEffect(() => { scroller.current.scrollTop = 0; }, [message?.id]);
  return (
    <section className="reading-pane" aria-label="Message">
      <div className="reading" hidden={!message}>
        <div className="pane-head reading-head">
          <IconButton name="back" label="Back to list" kind="back" onPress={closeMessage} />
          <div role="toolbar" className="actions" aria-label="Message actions">
            <IconButton name="archive" label="Archive" hint="Archive (e)" onPress={() => act('archive')} />
            <IconButton name="deleteditems" label="Delete" hint="Delete (#)" onPress={() => act('delete')} />
            <IconButton
              name={message?.isRead === false ? 'opened' : 'unread'} label={message?.isRead === false ? 'Mark read' : 'Mark unread'}
              onPress={() => act('read')}
            />
          </div>
        </div>
        <div className="reading-scroll" tabIndex={0} role="group" aria-labelledby="message-subject" ref={scroller}>
          <Heading message={message} />
          <Files files={body?.files} />
          <Body message={message} body={body} />
        </div>
      </div>
      {!message && (
        <div className="blank">
          <span className="blank-sign"><Icon name="opened" /></span>
          <p className="blank-title">No message open</p>
          <p className="for-keys">Choose one from the list, or press j and k to walk through it.</p>
        </div>
      )}
    </section>
  );
};
