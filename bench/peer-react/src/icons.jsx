// The drawings of the interface as inline SVG: the same strokes as in the app this page is compared with.
const STROKES = {
  inbox: 'M3 11.5h3.6l1.2 2h4.4l1.2-2H17M3 11.5 5 4.6h10l2 6.9v3.4a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z',
  drafts: 'M11 3.5H5.5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1V8zM11 3.5V8h4.5M7.5 11h5M7.5 13.5h3',
  sentitems: 'M17 3 8.8 11.2M17 3l-5.2 14-3-5.8L3 8.2z',
  archive: 'M3.5 4h13a.5.5 0 0 1 .5.5v2.2a.5.5 0 0 1-.5.5h-13a.5.5 0 0 1-.5-.5V4.5a.5.5 0 0 1 .5-.5zM4.2 7.2V15a1 1 0 0 0 1 1h9.6a1 1 0 0 0 1-1V7.2M8.2 10.5h3.6',
  deleteditems: 'M3.5 5.5h13M8 5.5V4a.8.8 0 0 1 .8-.8h2.4a.8.8 0 0 1 .8.8v1.5M5 5.5l.7 10.4a1 1 0 0 0 1 .9h6.6a1 1 0 0 0 1-.9L15 5.5M8.3 8.8v4.7M11.7 8.8v4.7',
  junkemail: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM5.2 5.2l9.6 9.6',
  folder: 'M3 5.5a1 1 0 0 1 1-1h3.6l1.7 2H16a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z',
  outbox: 'M3 11.5h3.6l1.2 2h4.4l1.2-2H17v3.4a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1zM10 10V3.5M7.3 6 10 3.3 12.7 6',
  flag: 'M5 17V3.5M5 4.2c3.2-1.6 5.8 1.6 10 0v7c-4.2 1.6-6.8-1.6-10 0',
  paperclip: 'm15.8 9.3-5.7 5.7a3.4 3.4 0 0 1-4.8-4.8l6-6a2.3 2.3 0 0 1 3.2 3.2l-5.9 6a1.1 1.1 0 0 1-1.6-1.6l5.4-5.4',
  pencil: 'm12.8 4.2 3 3L7 16l-3.7.7L4 13zM11 6l3 3',
  back: 'M11.5 4.5 6 10l5.5 5.5',
  unread: 'M3 6a1 1 0 0 1 1-1h8M17 9v5.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6l7 5 3-2.1M16 3.7a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z',
  opened: 'M3 8.2 10 3.4l7 4.8v7.3a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1zM3.2 8.4l6.8 4.4 6.8-4.4',
  close: 'm5 5 10 10M15 5 5 15',
  refresh: 'M16 10a6 6 0 1 1-1.9-4.4M16.2 3v3.4h-3.4',
};

export const Icon = ({ name, filled }) => (
  <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" data-filled={filled ? '' : undefined}>
    <path d={STROKES[name]} />
  </svg>
);

export const IconButton = ({ name, label, hint, kind = '', onPress }) => (
  <button type="button" className={`icon-button ${kind}`} aria-label={label} title={hint ?? label} onClick={onPress}>
    <Icon name={name} />
  </button>
);

export const TextButton = ({ name, label, look, hint, onPress }) => (
  <button type="button" className="button" data-look={look} title={hint} onClick={onPress}>
    {name && <Icon name={name} />}
    <span className="button-words">{label}</span>
  </button>
);

export const Disc = ({ person, name }) => <span className="disc" aria-hidden="true" data-hue={person}>{name}</span>;
