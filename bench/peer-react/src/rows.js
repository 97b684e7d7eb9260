// Graph's messages and folders as the store keeps them: flat, with only what is shown or searched.
const PEOPLE = [];
const person = (one) => ({ name: one.emailAddress?.name ?? '', address: one.emailAddress?.address ?? '' });
const persons = (list) => (list?.length > 0 ? list.map(person) : PEOPLE);

/** The fields of a row, as both clients ask for them. */
export const FIELDS = 'id,parentFolderId,conversationId,subject,bodyPreview,from,toRecipients,ccRecipients,replyTo,receivedDateTime,isRead,flag,hasAttachments,importance,isDraft,internetMessageId';

export const rowOf = (item) => ({
  id: item.id,
  folder: item.parentFolderId,
  order: -Date.parse(item.receivedDateTime),
  subject: item.subject ?? '',
  preview: item.bodyPreview ?? '',
  from: item.from ? person(item.from) : undefined,
  to: persons(item.toRecipients),
  cc: persons(item.ccRecipients),
  replyTo: persons(item.replyTo),
  isRead: item.isRead,
  flagged: item.flag?.flagStatus === 'flagged',
  hasAttachments: item.hasAttachments,
  importance: item.importance,
  isDraft: item.isDraft,
  conversation: item.conversationId,
  internetMessageId: item.internetMessageId,
});

/** A row with what a later round says of it; such a round may name some properties only. */
export function merged(row, item) {
  const change = rowOf({ ...item, receivedDateTime: item.receivedDateTime ?? new Date(-row.order).toISOString() });
  const said = {
    parentFolderId: 'folder', subject: 'subject', bodyPreview: 'preview', from: 'from', toRecipients: 'to', ccRecipients: 'cc', isRead: 'isRead',
    flag: 'flagged', hasAttachments: 'hasAttachments', receivedDateTime: 'order',
  };
  const result = { ...row };
  for (const [name, kept] of Object.entries(said)) if (item[name] !== undefined) result[kept] = change[kept];
  return result;
}

const ROLES = ['inbox', 'drafts', 'sentitems', 'archive', 'deleteditems', 'junkemail', 'outbox'];
export { ROLES };

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true }).compare;
const place = ({ wellKnown }) => (wellKnown ? ROLES.indexOf(wellKnown) : ROLES.length);

/** The folders depth first, those with a meaning of their own before the others, each with its depth. */
export function tree(folders) {
  const ids = new Set(folders.map(({ id }) => id));
  const below = Map.groupBy(folders.filter((folder) => !folder.hidden), ({ parent }) => (ids.has(parent) ? parent : undefined));
  const rows = [];
  const descend = (parent, depth) => {
    const level = (below.get(parent) ?? []).sort((a, b) => place(a) - place(b) || byName(a.name, b.name));
    for (const folder of level) {
      rows.push({ ...folder, depth });
      descend(folder.id, depth + 1);
    }
  };
  descend(undefined, 1);
  return rows;
}
