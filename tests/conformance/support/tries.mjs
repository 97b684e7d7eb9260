// How each operation of the document is tried: what it is tried on, and with which body. An operation that is not named
// here is made from the document alone: its path filled with fresh things, no body.
import { GRACE } from '../../e2e/support/sandbox.mjs';
import { recipient } from './client.mjs';
import { CONTACT, DAY, EVENT, JPEG, RULE, SPAN, SUBSCRIPTION } from './things.mjs';

const MIME = Buffer.from('From: ada@petrel.test\r\nTo: grace@petrel.test\r\nSubject: By MIME\r\n\r\nWords.\r\n').toString('base64');
const FILE = { '@odata.type': '#microsoft.graph.fileAttachment', name: 'words.txt', contentBytes: 'SGVsbG8=' };
const UPLOAD = { AttachmentItem: { attachmentType: 'file', name: 'large.bin', size: 3_500_000 } };
const MESSAGE = { subject: 'Made by the driver', body: { contentType: 'html', content: '<p>Words.</p>' }, toRecipients: [recipient(GRACE)] };
const ANSWER = { comment: 'As you wish.', sendResponse: true };

/** `[method, path without its tree, how]`; the first that fits counts. `on` says what fills the path, in its order. */
const TRIES = [
  ['POST', /^\/\$batch$/, { body: () => ({ requests: [{ id: '1', method: 'GET', url: '/me' }, { id: '2', method: 'GET', url: '/me/mailFolders/inbox' }] }) }],
  ['POST', /^\/search\/query$/, { body: () => ({ requests: [{ entityTypes: ['message'], query: { queryString: 'the' }, from: 0, size: 5 }] }) }],
  ['POST', /^\/subscriptions$/, { body: SUBSCRIPTION }],
  ['PATCH', /^\/subscriptions\/\{/, { body: () => ({ expirationDateTime: new Date(Date.now() + 3_300_000).toISOString() }) }],

  // Messages: what answers a message needs one that was received, what sends needs a draft.
  ['POST', /^\/messages$/, { body: () => MESSAGE }],
  ['POST', /\/childFolders\/\{mailFolder-id1\}\/messages$/, { body: () => MESSAGE }],
  ['POST', /^\/mailFolders\/\{mailFolder-id\}\/messages$/, { body: () => MESSAGE }],
  ['PATCH', /\/messages\/\{message-id\}$/, { body: () => ({ isRead: true, importance: 'high', categories: ['Red'] }) }],
  ['POST', /\/messages\/\{message-id\}\/(move|copy)$/, { received: true, body: () => ({ DestinationId: 'archive' }) }],
  ['POST', /\/messages\/\{message-id\}\/createForward$/, { received: true, body: () => ({ Comment: 'See below.', ToRecipients: [recipient(GRACE)] }) }],
  ['POST', /\/messages\/\{message-id\}\/createReply(All)?$/, { received: true, body: () => ({ Comment: 'Thanks.' }) }],
  ['POST', /\/messages\/\{message-id\}\/forward$/, { received: true, body: () => ({ Comment: 'See below.', ToRecipients: [recipient(GRACE)] }) }],
  ['POST', /\/messages\/\{message-id\}\/reply(All)?$/, { received: true, body: () => ({ Comment: 'Thanks.' }) }],
  ['GET', /\/messages\/\{message-id\}\/\$value$/, { received: true }],
  ['POST', /\/messages\/\{message-id\}\/attachments$/, { body: () => FILE }],
  ['POST', /\/(messages|events)\/\{(message|event)-id\}\/attachments\/createUploadSession$/, { body: () => UPLOAD }],
  ['POST', /\/extensions$/, { body: () => ({ '@odata.type': 'microsoft.graph.openTypeExtension', extensionName: 'test.petrel.made', size: 3 }) }],
  ['PATCH', /\/extensions\/\{/, { body: () => ({ '@odata.type': 'microsoft.graph.openTypeExtension', colour: 'white' }) }],
  ['POST', /^\/sendMail$/, { body: () => ({ Message: MESSAGE, SaveToSentItems: true }), also: { body: MIME, type: 'text/plain' } }],

  // Folders.
  ['POST', /^\/mailFolders$/, { body: (things) => ({ displayName: things.name('Made folder') }) }],
  ['POST', /\/childFolders$/, { body: (things) => ({ displayName: things.name('Made child') }) }],
  ['PATCH', /\/(mailFolders|childFolders)\/\{[^/]*\}$/, { body: (things) => ({ displayName: things.name('Renamed') }) }],
  ['POST', /\/(mailFolders|childFolders)\/\{[^/]*\}\/(move|copy)$/, { body: () => ({ DestinationId: 'archive' }) }],
  ['POST', /\/messageRules$/, { body: (things) => RULE(things.name('Made rule')) }],
  ['PATCH', /\/messageRules\/\{/, { body: () => ({ isEnabled: false }) }],

  // Settings.
  ['PATCH', /^\/mailboxSettings$/, { body: () => ({ automaticRepliesSetting: { status: 'disabled' }, timeZone: 'UTC' }) }],
  ['PATCH', /^\/inferenceClassification$/, { body: () => ({}) }],
  ['POST', /^\/inferenceClassification\/overrides$/, { body: (things) => ({ classifyAs: 'other', senderEmailAddress: { name: 'N', address: `${things.name('n').replace(' ', '')}@adatum.example` } }) }],
  ['PATCH', /\/overrides\/\{/, { body: () => ({ classifyAs: 'other' }) }],
  ['POST', /\/masterCategories$/, { body: (things) => ({ displayName: things.name('Made category'), color: 'preset9' }) }],
  ['PATCH', /\/masterCategories\/\{/, { body: () => ({ color: 'preset5' }) }],
  ['POST', /^\/getMailTips$/, { body: () => ({ EmailAddresses: [GRACE], MailTipsOptions: 'automaticReplies, mailboxFullStatus' }) }],
  ['POST', /^\/translateExchangeIds$/, { body: async (things) => ({ InputIds: [await things.draft()], SourceIdType: 'restImmutableEntryId', TargetIdType: 'restId' }) }],
  ['GET', /supportedTimeZones\(TimeZoneStandard/, { path: "/outlook/supportedTimeZones(TimeZoneStandard='Iana')" }],

  // People, contacts, photos.
  ['POST', /\/contacts$/, { body: (things) => CONTACT(things.name('Made contact')) }],
  ['PATCH', /\/contacts\/\{contact-id\}$/, { body: () => ({ jobTitle: 'Tester' }) }],
  ['POST', /^\/contactFolders$/, { body: (things) => ({ displayName: things.name('Made contacts') }) }],
  ['PATCH', /^\/contactFolders\/\{contactFolder-id\}$/, { body: (things) => ({ displayName: things.name('Renamed contacts') }) }],
  ['PUT', /\/photo\/\$value$/, { body: () => JPEG, type: 'image/jpeg' }],
  ['PATCH', /\/contacts\/\{contact-id\}\/photo$/, { photo: true, body: () => ({}) }],
  ['GET', /\/contacts\/\{contact-id\}\/photo/, { photo: true }],
  ['PATCH', /^\/photo$/, { photo: true, body: () => ({}) }],
  ['GET', /^\/photo/, { photo: true }],
  ['DELETE', /^\/photo/, { photo: true }],

  // The calendar.
  ['GET', /^\/calendarView/, { query: SPAN }],
  ['GET', /\/instances$/, { series: true, query: SPAN }],
  ['POST', /^\/calendar\/getSchedule$/, { body: () => ({ Schedules: [GRACE], StartTime: EVENT('').start, EndTime: EVENT('').end, AvailabilityViewInterval: 30 }) }],
  ['POST', /^\/events$/, { body: (things) => EVENT(things.name('Made event')) }],
  ['PATCH', /^\/events\/\{event-id\}$/, { body: () => ({ location: { displayName: 'The pier' } }) }],
  ['POST', /\/events\/\{event-id\}\/(accept|decline|tentativelyAccept)$/, { invited: true, body: () => ANSWER }],
  ['POST', /\/events\/\{event-id\}\/cancel$/, { attended: true, body: () => ({ Comment: 'Not today.' }) }],
  ['POST', /\/events\/\{event-id\}\/forward$/, { body: () => ({ ToRecipients: [recipient(GRACE)], Comment: 'You too.' }) }],
  ['POST', /\/events\/\{event-id\}\/snoozeReminder$/, { body: () => ({ NewReminderTime: { dateTime: `${DAY}T09:50:00`, timeZone: 'UTC' } }) }],
  ['POST', /\/events\/\{event-id\}\/attachments$/, { body: () => FILE }],
];

const bare = (path) => path.replace(/^\/(me|users\/\{user-id\})(?=\/|$)/, '');
const howTo = (method, path) => TRIES.find(([verb, pattern]) => verb === method && pattern.test(path))?.[2] ?? {};

/** The call that tries an operation: `{path, options}`. Makes what it is tried on; fails with Refused where that is not to be had. */
export async function prepare({ method, path }, things) {
  const own = bare(path);
  const how = howTo(method, own);
  const tree = path.startsWith('/me') || path.startsWith('/users/{') ? things.prefix : '';
  const filled = how.path ?? await fill(own, how, method, things);
  const body = await how.body?.(things);
  return { path: `${tree}${filled}${how.query ? `?${how.query}` : ''}`, options: { body, type: how.type }, also: how.also };
}

async function fill(path, how, method, things) {
  if (how.photo && path.startsWith('/photo')) await things.photo();
  const known = {};
  const parts = [];
  for (const part of path.split('/')) {
    const name = /^\{(.*)\}$/.exec(part)?.[1];
    if (!name) {
      parts.push(part);
      continue;
    }
    known[name] = await THINGS[name]({ how, known, path, method, things });
    parts.push(encodeURIComponent(known[name]));
  }
  return parts.join('/');
}

const THINGS = {
  'mailFolder-id': ({ how, path, things }) => {
    if (/messageRules/.test(path) || how.received) return 'inbox';
    return /\/messages\/\{message-id\}\/send$/.test(path) ? 'drafts' : things.folder();
  },
  'mailFolder-id1': ({ known, things }) => things.childOf(known['mailFolder-id']),
  'message-id': ({ how, known, things }) => {
    if (how.received) return things.received();
    return things.draft(known['mailFolder-id1'] ?? known['mailFolder-id'] ?? 'drafts');
  },
  'attachment-id': ({ known, things }) => (known['event-id'] ? things.eventAttachmentOf(known['event-id']) : things.attachmentOf(known['message-id'])),
  'extension-id': ({ known, things }) => things.extensionOf(known['message-id']),
  'messageRule-id': ({ things }) => things.rule(),
  'outlookCategory-id': ({ things }) => things.category(),
  'inferenceClassificationOverride-id': ({ things }) => things.override(),
  'contactFolder-id': ({ things }) => things.contactFolder(),
  'contact-id': ({ how, known, things }) => (how.photo ? things.contactWithPhoto() : things.contact(known['contactFolder-id'])),
  'person-id': ({ things }) => things.person(),
  'profilePhoto-id': ({ things }) => things.photoSize(),
  'event-id': ({ how, things }) => {
    if (how.invited) return things.invitation();
    if (how.attended) return things.event({ attendees: [{ ...recipient(GRACE), type: 'required' }] });
    return how.series ? things.series() : things.event();
  },
  'subscription-id': ({ things }) => things.subscription(),
};
