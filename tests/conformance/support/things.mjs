// Makes the things that operations are tried on: a fresh message, folder, rule, event for every call.
import { ADA, GRACE, until } from '../../e2e/support/sandbox.mjs';
import { Client, Refused, recipient } from './client.mjs';

/** The smallest JPEG that is one. */
export const JPEG = Buffer.from('/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=', 'base64');

// Names are new in the whole run, because both trees lead to one mailbox.
let count = 0;

export class Things {
  constructor(sandbox, me, prefix) {
    this.sandbox = sandbox;
    this.me = me;
    this.prefix = prefix;
    this.grace = new Client(sandbox, { user: GRACE });
  }

  name(what) {
    count += 1;
    return `${what} ${count}`;
  }

  #create(path, body, options) { return this.me.made('POST', `${this.prefix}${path}`, body, options); }
  async #created(path, body, options) { return (await this.#create(path, body, options)).id; }

  draft(folder = 'drafts', more = {}) {
    return this.#created(`/mailFolders/${folder}/messages`, {
      subject: this.name('Draft'), body: { contentType: 'text', content: 'Words.' }, toRecipients: [recipient(GRACE)], ...more,
    });
  }

  received() { return this.sandbox.deliver({ subject: this.name('Received'), text: 'Hello.' }, ADA); }
  folder() { return this.#created('/mailFolders', { displayName: this.name('Folder') }); }
  childOf(parent) { return this.#created(`/mailFolders/${parent}/childFolders`, { displayName: this.name('Child') }); }

  attachmentOf(message) {
    return this.#created(`/messages/${message}/attachments`, { '@odata.type': '#microsoft.graph.fileAttachment', name: 'words.txt', contentType: 'text/plain', contentBytes: 'SGVsbG8=' });
  }

  extensionOf(message) {
    return this.#created(`/messages/${message}/extensions`, { '@odata.type': 'microsoft.graph.openTypeExtension', extensionName: `test.petrel.${this.name('e').replace(' ', '')}`, colour: 'grey' });
  }

  rule() { return this.#created('/mailFolders/inbox/messageRules', RULE(this.name('Rule'))); }
  category() { return this.#created('/outlook/masterCategories', { displayName: this.name('Category'), color: 'preset1' }); }
  override() { return this.#created('/inferenceClassification/overrides', { classifyAs: 'focused', senderEmailAddress: { name: 'S', address: `${this.name('s').replace(' ', '')}@adatum.example` } }); }
  contactFolder() { return this.#created('/contactFolders', { displayName: this.name('Contacts') }); }
  contact(folder) { return this.#created(folder ? `/contactFolders/${folder}/contacts` : '/contacts', CONTACT(this.name('Contact'))); }
  event(more = {}) { return this.#created('/events', { ...EVENT(this.name('Event')), ...more }); }
  eventAttachmentOf(event) { return this.#created(`/events/${event}/attachments`, { '@odata.type': '#microsoft.graph.fileAttachment', name: 'words.txt', contentBytes: 'SGVsbG8=' }); }
  series() {
    return this.event({
      recurrence: { pattern: { type: 'daily', interval: 1 }, range: { type: 'numbered', startDate: DAY, numberOfOccurrences: 3 } },
    });
  }

  /** An event that grace organizes and ada is invited to. */
  async invitation() {
    const subject = this.name('Invitation');
    await this.grace.made('POST', '/me/events', { ...EVENT(subject), attendees: [{ ...recipient(ADA), type: 'required' }] });
    // An invitation travels as mail does.
    const found = await until(subject, async () => {
      const { value } = await this.me.made('GET', `${this.prefix}/calendarView?${SPAN}&$top=100`);
      return value.find((event) => event.subject === subject);
    }, { timeout: 3_000, every: 100 }).catch(() => undefined);
    if (!found) throw new Refused('an invitation in the calendar', { status: 404, text: subject });
    return found.id;
  }

  async person() {
    const { value } = await this.me.made('GET', `${this.prefix}/people?$top=1`);
    if (value.length === 0) throw new Refused('a person', { status: 404, text: 'nobody' });
    return value[0].id;
  }

  async photo() {
    const answer = await this.me.call('PUT', `${this.prefix}/photo/$value`, { body: JPEG, type: 'image/jpeg' });
    if (answer.status >= 300) throw new Refused('a photo', answer);
    return 'photo';
  }

  async photoSize() {
    await this.photo();
    const { value } = await this.me.made('GET', `${this.prefix}/photos`);
    return value[0].id;
  }

  async contactWithPhoto() {
    const contact = await this.contact();
    const answer = await this.me.call('PUT', `${this.prefix}/contacts/${contact}/photo/$value`, { body: JPEG, type: 'image/jpeg' });
    if (answer.status >= 300) throw new Refused('a contact photo', answer);
    return contact;
  }

  async subscription() { return (await this.me.made('POST', '/subscriptions', SUBSCRIPTION())).id; }
}

export const DAY = '2027-03-01';
export const SPAN = 'startDateTime=2027-02-20T00:00:00Z&endDateTime=2027-03-20T00:00:00Z';
export const RULE = (displayName) => ({
  displayName, sequence: 2, isEnabled: true, conditions: { senderContains: ['nobody-at-all'] }, actions: { markAsRead: true, stopProcessingRules: true },
});
export const CONTACT = (name) => ({ givenName: name, surname: 'Tester', displayName: `${name} Tester`, emailAddresses: [{ address: 'tester@harbor.example', name }] });
export const EVENT = (subject) => ({
  subject,
  start: { dateTime: `${DAY}T10:00:00`, timeZone: 'UTC' },
  end: { dateTime: `${DAY}T11:00:00`, timeZone: 'UTC' },
});
export const SUBSCRIPTION = () => ({
  changeType: 'created,updated,deleted',
  notificationUrl: `websockets:?groupId=${crypto.randomUUID()}`,
  resource: "me/mailFolders('Inbox')/messages",
  expirationDateTime: new Date(Date.now() + 3_000_000).toISOString(),
  clientState: 'seen',
});
