// The requests of Microsoft's documentation, replayed: the documented address with real ids in it, the documented headers
// and body, and then the documented status and members of the answer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ADA, Client, GRACE, IMMUTABLE, Sandbox, conforms, hasReference, matcher, recipient, reference } from './support.mjs';
import { EVENT, Things } from './support/things.mjs';
import { Shapes } from './schema/shapes.mjs';

const skip = hasReference() ? false : 'the reference folder ../shared is not there';
const index = skip ? [] : reference('examples/index.json');
const document = skip ? undefined : reference('openapi-mail.json');
const shapes = skip ? undefined : new Shapes(document);
const find = skip ? undefined : matcher(document);

let sandbox;
let me;
let things;
before(async () => {
  if (skip) return;
  sandbox = await Sandbox.start({ messages: 20, seed: 3 });
  me = new Client(sandbox, { prefer: null });
  things = new Things(sandbox, new Client(sandbox), '/me');
});
after(() => sandbox?.kill());

const later = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
/** What a file of the reference holds. */
const example = (name) => reference(`examples/${name}`);
const id = (value) => encodeURIComponent(value);
const readMail = (mail) => sandbox.deliver(mail, ADA);

/** The documentation's bytes were cut off somewhere; base64 comes in fours. */
const whole = (body) => ({ ...body, contentBytes: body.contentBytes.slice(0, Math.floor(body.contentBytes.length / 4) * 4) });

/** An invitation as another mail system sends it. */
async function meetingRequest() {
  const day = (hour) => `20270301T${hour}0000Z`;
  const calendar = ['BEGIN:VCALENDAR', 'PRODID:-//Harbor//EN', 'VERSION:2.0', 'METHOD:REQUEST', 'BEGIN:VEVENT', `UID:${crypto.randomUUID()}`, `DTSTAMP:${day('08')}`, `DTSTART:${day('10')}`, `DTEND:${day('11')}`, 'SUMMARY:Pier meeting', 'LOCATION:The pier', 'ORGANIZER;CN=Mira:mailto:mira@harbor.example', `ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${ADA}`, 'SEQUENCE:0', 'END:VEVENT', 'END:VCALENDAR'].join('\r\n');
  return readMail({ subject: 'Pier meeting', text: calendar, headers: { 'Content-Type': 'text/calendar; charset=utf-8; method=REQUEST' } });
}

async function withExtendedProperty() {
  const { id: made } = await me.made('POST', '/me/messages', { subject: 'Coloured', singleValueExtendedProperties: [{ id: 'String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Color', value: 'Green' }] }, { headers: { prefer: IMMUTABLE } });
  return made;
}

const attached = async (body, more = {}) => {
  const message = await things.draft();
  const made = await me.made('POST', `/me/messages/${id(message)}/attachments`, body, { headers: { prefer: IMMUTABLE }, ...more });
  return [message, made.id];
};
const ITEM = { '@odata.type': '#microsoft.graph.itemAttachment', name: 'Holiday', item: { '@odata.type': 'microsoft.graph.event', ...EVENT('Holiday') } };

/**
 * What stands in the places of the documentation's ids, and what of the body had to be another in a mailbox of our own:
 * by the name of the example. `lacks` are members of the example that the service no longer sends or sends only sometimes.
 */
const PLACES = {
  'message-get': { ids: () => [things.received()], lacks: ['multiValueExtendedProperties', 'singleValueExtendedProperties'] },
  'message-get-internetmessageheaders': { ids: () => [things.received()] },
  'message-get-text-body': { ids: () => [things.received()] },
  'message-create-draft': {},
  'message-mime-invalid-base64': { body: () => 'this is no base64 !!', type: 'text/plain' },
  'message-move': { ids: () => [things.received()] },
  'message-reply': { ids: () => [things.received()], status: 202 },
  sendmail: { status: 202 },
  'sendmail-custom-headers': { status: 202 },
  'sendmail-file-attachment': { status: 202 },
  // Both files are one exchange: the request, and the answer to a person without the right.
  'sendmail-from-other-user': { status: 403 },
  'sendmail-sendas-denied': { body: () => example('sendmail-from-other-user.request.json') },
  'mailfolder-get': { ids: () => [things.folder()] },
  'mailsearchfolder-get': {
    ids: async () => [(await me.made('POST', '/me/mailFolders/inbox/childFolders', { '@odata.type': 'microsoft.graph.mailSearchFolder', displayName: things.name('Weekly digests'), includeNestedFolders: true, sourceFolderIds: ['inbox'], filterQuery: "contains(subject,'weekly digest')" })).id],
  },
  'mailfolder-create-hidden': { body: () => ({ displayName: things.name('Clutter'), isHidden: true }) },
  'message-delta-initial-page1': { ids: () => ['inbox'] },
  'attachment-get-file': { ids: () => attached(whole(example('attachment-add-file.request.json'))), lacks: ['contentLocation'] },
  'attachment-get-item-expanded': { ids: () => attached(ITEM) },
  'attachment-get-reference': { ids: () => attached({ '@odata.type': '#microsoft.graph.referenceAttachment', name: 'Koala', sourceUrl: 'https://harbor.example/koala', providerType: 'oneDriveConsumer', permission: 'edit', isFolder: false }, { version: 'beta' }), lacks: ['sourceUrl', 'providerType', 'thumbnailUrl', 'previewUrl', 'permission', 'isFolder'] },
  'attachment-add-file': { ids: () => [things.draft()], body: whole, lacks: ['contentLocation'] },
  'attachment-createuploadsession': { ids: () => [things.draft()] },
  'messagerule-create': { body: () => ({ displayName: 'From partner', sequence: 2, isEnabled: true, conditions: { senderContains: ['adele'] }, actions: { forwardTo: [recipient(GRACE)], stopProcessingRules: true } }) },
  'mastercategory-create': { body: () => ({ displayName: 'Project expenses', color: 'preset9' }) },
  'inferenceclassification-override-create': { status: 201 },
  'mailboxsettings-update-automaticreplies': { status: 200 },
  'event-decline-propose': { ids: () => [things.invitation()], status: 202 },
  'eventmessage-get': { ids: () => [meetingRequest()], lacks: ['type', 'isOutOfDate', 'isAllDay', 'isDelegated', 'startDateTime', 'endDateTime', 'location', 'recurrence', 'allowNewTimeProposals', 'responseRequested', 'meetingRequestType', 'previousLocation', 'previousStartDateTime', 'previousEndDateTime'] },
  'eventmessage-get-expand-event': { ids: () => [meetingRequest()], lacks: ['type', 'isOutOfDate', 'isAllDay', 'isDelegated', 'startDateTime', 'endDateTime', 'location', 'recurrence', 'allowNewTimeProposals', 'responseRequested', 'meetingRequestType', 'previousLocation', 'previousStartDateTime', 'previousEndDateTime'] },
  // The documentation's webhook is no address of ours, and its date is long gone.
  'subscription-create': { body: (body) => ({ ...body, notificationUrl: `websockets:?groupId=${crypto.randomUUID()}`, expirationDateTime: later(60) }), lacks: ['notificationContentType'] },
  'subscription-update': { ids: () => [things.subscription()], body: () => ({ expirationDateTime: later(90) }), status: 200 },
  batch: { status: 200 },
  translateexchangeids: { body: async (body) => ({ ...body, inputIds: [await defaultId(), await defaultId()] }) },
  getmailtips: { body: () => ({ EmailAddresses: ['danas@contoso.onmicrosoft.com', GRACE], MailTipsOptions: 'automaticReplies, mailboxFullStatus' }) },
  'singlevalueextendedproperty-get': { ids: async () => [await withExtendedProperty()] },
  'photo-metadata-get': { first: () => things.photo() },
  'messagerule-list': { first: () => things.rule() },
  'inferenceclassification-overrides-list': { first: () => things.override() },
};

const defaultId = async () => (await me.made('POST', '/me/messages', { subject: 'To translate' })).id;

/** Examples that are no request to Graph which a client could make, with the reason. */
const NOT_REPLAYED = {
  'message-delta-initial-page2': 'its token belongs to a round of another mailbox; rounds are walked by the SDK’s iterator',
  'message-delta-initial-final': 'its token belongs to a round of another mailbox; rounds are walked by the SDK’s iterator',
  'message-delta-next-round': 'its token belongs to a round of another mailbox; rounds are walked by the SDK’s iterator',
  'attachment-upload-range': 'it goes to the upload host with a session’s own address; the SDK’s upload task walks that',
};

/** The exchanges of the index: request and response files of one name belong together. */
function exchanges() {
  const found = new Map();
  for (const { file, kind, url, ...rest } of index) {
    if (kind === 'notification' || !url) continue;
    const name = file.replace(/\.(request|response)\.json$/, '');
    const one = found.get(name) ?? { name, method: rest.method, url, headers: rest.requestHeaders ?? {} };
    if (kind === 'request') one.body = file;
    else Object.assign(one, { status: rest.status, answer: file });
    found.set(name, one);
  }
  return [...found.values()];
}

/** The documented address with ids of ours, in order. */
async function addressed(url, place) {
  const [, version, rest] = /^(?:https:\/\/graph\.microsoft\.com)?(?:\/(v1\.0|beta))?(\/.*)$/.exec(url);
  const [path, query] = rest.split(/\?(.*)/s);
  const ids = await Promise.all(await place.ids?.() ?? []);
  const isId = (part) => /^(A[AQ]M|\{)/.test(part);
  const filled = path.split('/').map((part) => (isId(part) ? id(ids.shift() ?? part) : part)).join('/');
  return { version: version ?? 'v1.0', path: `${filled}${query ? `?${query}` : ''}`, plain: filled };
}

const members = (value) => Object.keys(value ?? {}).filter((name) => !name.includes('@'));

for (const one of exchanges()) {
  const name = `examples: ${one.name}`;
  if (NOT_REPLAYED[one.name]) {
    test(name, { skip: NOT_REPLAYED[one.name] });
    continue;
  }
  conforms(name, async () => {
    const place = PLACES[one.name] ?? {};
    await place.first?.();
    const { version, path, plain } = await addressed(one.url, place);
    const documented = one.body ? example(one.body) : undefined;
    const body = place.body ? await place.body(documented) : documented;
    const answer = await me.call(one.method, path, { version, body, type: place.type, headers: { prefer: IMMUTABLE, ...(one.headers.Prefer ? { prefer: `${IMMUTABLE}, ${one.headers.Prefer}` } : {}) } });
    assert.equal(answer.status, place.status ?? one.status, answer.text.slice(0, 500));
    if (answer.json !== undefined && answer.status < 300) {
      const operation = find(one.method, plain);
      assert.ok(operation, `${one.method} ${plain} is in the document`);
      const schema = operation.operation.responses[answer.status].content['application/json'].schema;
      assert.equal(shapes.wrong(schema, answer.json), null);
    }
    if (one.answer && (one.status ?? 0) < 300) {
      const shown = example(one.answer);
      const lacks = new Set(place.lacks ?? []);
      assert.deepEqual(members(shown).filter((member) => !lacks.has(member) && !(member in answer.json)), [], 'members that the example has');
    }
    if (one.answer && one.status >= 400) {
      assert.equal(answer.code, example(one.answer).error.code);
      assert.deepEqual(members(answer.json.error).sort().slice(0, 2), ['code', 'innerError']);
    }
    if (one.headers.Prefer) assert.match(answer.headers.get('preference-applied') ?? '', new RegExp(one.headers.Prefer.split('=')[0].replace('.', '\\.'), 'i'));
  }, { skip });
}

conforms('examples: an answer of the batch example comes for each of its requests', async () => {
  const { requests } = example('batch.request.json');
  const answer = await me.call('POST', '/$batch', { body: { requests } });
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  assert.deepEqual(answer.json.responses.map((item) => item.id).sort(), requests.map((item) => item.id).sort());
  for (const item of answer.json.responses) assert.ok(item.status >= 400 && item.body.error.code, JSON.stringify(item));
}, { skip });

test('examples: everything said here of an example is said of one that exists', { skip }, () => {
  const named = new Set(exchanges().map((one) => one.name));
  for (const name of [...Object.keys(PLACES), ...Object.keys(NOT_REPLAYED)]) assert.ok(named.has(name), `there is no example ${name}`);
});
