// How each error is caused. A case answers with one response or several, all of which must be the row's.
import assert from 'node:assert/strict';

/** A name for a row: its code, its status, and where those repeat, a word of its cause. */
export const rowName = ({ code, status, when }) => `${code} ${status}${/CAE/.test(when) ? ' (claims challenge)' : ''}`;

const ONLY_THE_SERVICE = 'only the service can be in this state; a rule of /_sandbox/faults answers it in its place';

export const NOT_CAUSED = {
  'ErrorRestrictionTooComplex 400': 'an older spelling of InefficientFilter; one service answers with one of the two',
  'resyncRequired 410': 'another spelling of SyncStateNotFound; a delta query of mail answers with that one',
  'ErrorServerBusy 503': ONLY_THE_SERVICE,
  'serviceNotAvailable 503': ONLY_THE_SERVICE,
  'UnknownError 504': ONLY_THE_SERVICE,
  'ErrorInternalServerError 500': ONLY_THE_SERVICE,
};

const raw = async (sandbox, path, headers = {}) => {
  const response = await fetch(`${sandbox.graph}/v1.0${path}`, { headers });
  const text = await response.text();
  const json = JSON.parse(text);
  return { status: response.status, headers: response.headers, text, json, code: json.error?.code };
};
const id = (value) => encodeURIComponent(value);
const SMALL = { subject: 'Small', body: { contentType: 'text', content: 'x' } };
/** Somebody of the directory who is none of the people with a mailbox here. */
async function stranger(me, fits) {
  const { value } = await me.made('GET', '/users?$select=id,userPrincipalName,onPremisesSyncEnabled&$top=100');
  const found = value.find((one) => !/^(ada|grace|linus)@/i.test(one.userPrincipalName) && fits(one));
  assert.ok(found, 'such a person is in the directory');
  return found;
}

async function whenFull({ sandbox, me, ADA }, code) {
  await sandbox.control('POST', 'limits', { quota: { user: ADA, bytes: 0, code } });
  try {
    return await me.call('POST', '/me/messages', { body: SMALL });
  } finally {
    await sandbox.control('POST', 'limits', { quota: { user: ADA, bytes: null } });
  }
}

const draft = async (me, more = {}) => (await me.made('POST', '/me/messages', { ...SMALL, ...more })).id;

export const CASES = {
  'InvalidAuthenticationToken 401': async ({ sandbox, me }) => {
    const token = await me.token();
    const answers = [
      await raw(sandbox, '/me'),
      await raw(sandbox, '/me', { authorization: 'Bearer nonsense' }),
      await raw(sandbox, '/me', { authorization: `Bearer ${token}x` }),
      await raw(sandbox, '/me', { authorization: `Basic ${token}` }),
    ];
    await sandbox.control('POST', 'expire', { what: 'access_tokens' });
    answers.push(await me.call('GET', '/me'));
    for (const { headers } of answers) {
      assert.match(headers.get('www-authenticate') ?? '', /^Bearer /);
      assert.doesNotMatch(headers.get('www-authenticate'), /insufficient_claims/);
    }
    return answers;
  },

  'InvalidAuthenticationToken 401 (claims challenge)': async ({ sandbox, me, ADA }) => {
    // Only a client that said it can answer challenges gets one.
    const { access_token } = await sandbox.control('POST', 'token', { user: ADA, cae: true });
    // The instant a challenge names is a whole second, and a token of that second is new enough.
    await sandbox.control('POST', 'clock', { advance_s: 2 });
    await sandbox.control('POST', 'entra', { challenge: { user: ADA } });
    const answer = await me.call('GET', '/me', { headers: { authorization: `Bearer ${access_token}` } });
    const challenge = /claims="([^"]+)"/.exec(answer.headers.get('www-authenticate'))?.[1];
    assert.match(answer.headers.get('www-authenticate'), /error="insufficient_claims"/);
    assert.ok(JSON.parse(Buffer.from(challenge, 'base64').toString()).access_token);
    await sandbox.control('DELETE', 'entra');
    return answer;
  },

  'ErrorAccessDenied 403': async ({ sandbox, me, GRACE }) => {
    const { Client } = await import('./client.mjs');
    const narrow = new Client(sandbox, { scopes: ['User.Read'] });
    const reader = new Client(sandbox, { scopes: ['Mail.Read'] });
    return [
      await narrow.call('GET', '/me/messages'),
      await reader.call('POST', '/me/messages', { body: SMALL }),
      await me.call('GET', `/users/${GRACE}/messages`),
    ];
  },

  'Authorization_RequestDenied 403': async ({ sandbox }) => {
    const { Client } = await import('./client.mjs');
    return new Client(sandbox, { scopes: ['Mail.Read'] }).call('GET', '/users');
  },

  'ErrorSendAsDenied 403': ({ me, recipient, ADA, GRACE }) => me.call('POST', '/me/sendMail', {
    body: { message: { ...SMALL, from: recipient(GRACE), toRecipients: [recipient(ADA)] } },
  }),

  'ErrorItemNotFound 404': async ({ me }) => {
    const made = await draft(me);
    const moved = await me.made('POST', `/me/messages/${id(made)}/move`, { destinationId: 'archive' });
    const gone = await draft(me);
    assert.equal((await me.call('POST', `/me/messages/${id(gone)}/permanentDelete`)).status, 204);
    const { id: folder } = await me.made('POST', '/me/mailFolders', { displayName: `Gone ${crypto.randomUUID()}` });
    await me.call('DELETE', `/me/mailFolders/${id(folder)}`);
    await me.call('DELETE', `/me/mailFolders/${id(folder)}`);
    assert.notEqual(moved.id, made);
    return [await me.call('GET', `/me/messages/${id(made)}`), await me.call('GET', `/me/messages/${id(gone)}`), await me.call('GET', '/me/mailFolders/conflicts')];
  },

  'ErrorNonExistentMailbox 404': async ({ me }) => me.call('GET', `/users/${id((await stranger(me, (one) => !one.onPremisesSyncEnabled)).id)}/messages`),
  'MailboxNotEnabledForRESTAPI 404': async ({ me }) => me.call('GET', `/users/${id((await stranger(me, (one) => one.onPremisesSyncEnabled)).id)}/messages`),

  'ImageNotFound 404': async ({ me }) => {
    await me.call('DELETE', '/me/photo');
    return [await me.call('GET', '/me/photo'), await me.call('GET', '/me/photo/$value')];
  },

  'ErrorInvalidIdMalformed 400': async ({ me }) => [
    await me.call('GET', '/me/messages/nonsense'),
    await me.call('GET', '/me/messages/AAMkAGI2/AAA='),
    await me.call('PATCH', `/me/messages/${id((await draft(me)).slice(0, 12))}`, { body: { isRead: true } }),
  ],

  'ErrorInvalidUrlQuery 400': ({ me }) => me.call('GET', "/me/mailFolders/inbox/messages/delta?$filter=subject eq 'x'"),

  'RequestBroker--ParseUri 400': async ({ me }) => [
    await me.call('GET', '/me/messages?$select=subject,meetingMessageType'),
    await me.call('GET', `/me/messages/${id(await draft(me))}/attachments?$select=contentId`),
    await me.call('GET', "/me/messages?$filter=noSuchThing eq 'x'"),
  ],

  'InefficientFilter 400': async ({ me }) => [
    await me.call('GET', "/me/mailFolders/inbox/messages?$filter=from/emailAddress/address eq 'x@y.example'&$orderby=receivedDateTime desc"),
    await me.call('GET', '/me/messages?$filter=isRead eq false&$orderby=receivedDateTime desc'),
  ],

  'SearchWithOrderBy 400': ({ me }) => me.call('GET', '/me/messages?$search="pier"&$orderby=receivedDateTime desc'),
  'SearchWithFilter 400': ({ me }) => me.call('GET', '/me/messages?$search="pier"&$filter=isRead eq false'),
  'ExpandNotSupported 400': ({ me }) => me.call('GET', '/me/messages?$expand=body'),

  'ErrorMimeContentInvalidBase64String 400': async ({ me }) => [
    await me.call('POST', '/me/messages', { body: 'this is no base64 !!', type: 'text/plain' }),
    await me.call('POST', '/me/sendMail', { body: '%%%', type: 'text/plain' }),
  ],

  'InvalidInternetMessageHeader 400': ({ me }) => me.call('POST', '/me/messages', { body: { ...SMALL, internetMessageHeaders: [{ name: 'Reply-By', value: 'now' }] } }),

  'InvalidInternetMessageHeaderCollection 400': async ({ me }) => [
    await me.call('POST', '/me/messages', { body: { ...SMALL, internetMessageHeaders: Array.from({ length: 6 }, (_, at) => ({ name: `x-h${at}`, value: 'v' })) } }),
    await me.call('POST', '/me/messages', { body: { ...SMALL, internetMessageHeaders: [] } }),
  ],

  'ErrorInvalidRecipients 400': async ({ me, recipient }) => [
    await me.call('POST', '/me/sendMail', { body: { message: SMALL } }),
    await me.call('POST', '/me/sendMail', { body: { message: { ...SMALL, toRecipients: [recipient('no address')] } } }),
    await me.call('POST', `/me/messages/${id(await draft(me))}/send`),
  ],

  'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize 400': async ({ me }) => me.call('POST', `/me/messages/${id(await draft(me))}/attachments/createUploadSession`, {
    body: { AttachmentItem: { attachmentType: 'file', name: 'small.bin', size: 1_000 } },
  }),

  'BadRequest 413': ({ me }) => me.call('POST', '/me/messages', { body: { ...SMALL, body: { contentType: 'text', content: 'x'.repeat(4_300_000) } } }),

  'ErrorMessageSizeExceeded 413': async ({ me, recipient, GRACE }) => {
    const made = await draft(me, { toRecipients: [recipient(GRACE)] });
    const size = 37_000_000;
    const session = await me.call('POST', `/me/messages/${id(made)}/attachments/createUploadSession`, { body: { AttachmentItem: { attachmentType: 'file', name: 'huge.bin', size } } });
    if (session.status === 413) return session;
    const { uploadUrl } = session.json;
    const step = 327_680 * 12;
    for (let from = 0; from < size; from += step) {
      const to = Math.min(size, from + step);
      const put = await fetch(uploadUrl, { method: 'PUT', headers: { 'content-range': `bytes ${from}-${to - 1}/${size}`, 'content-type': 'application/octet-stream' }, body: Buffer.alloc(to - from, 7) });
      assert.ok(put.ok, `${put.status} ${await put.text()}`);
    }
    return me.call('POST', `/me/messages/${id(made)}/send`);
  },

  'ErrorFolderExists 409': async ({ me }) => {
    const displayName = `Twice ${crypto.randomUUID()}`;
    await me.made('POST', '/me/mailFolders', { displayName });
    const { id: other } = await me.made('POST', '/me/mailFolders', { displayName: `${displayName} other` });
    return [await me.call('POST', '/me/mailFolders', { body: { displayName } }), await me.call('PATCH', `/me/mailFolders/${id(other)}`, { body: { displayName } })];
  },

  'ErrorIrresolvableConflict 412': async ({ me }) => {
    const made = await me.made('POST', '/me/messages', SMALL);
    await me.made('PATCH', `/me/messages/${id(made.id)}`, { subject: 'Newer' });
    const old = { 'if-match': made['@odata.etag'] };
    return me.call('PATCH', `/me/messages/${id(made.id)}`, { body: { subject: 'Older' }, headers: old });
  },

  'SyncStateNotFound 410': async ({ sandbox, me }) => {
    const answers = [];
    for (const path of ['/me/mailFolders/inbox/messages/delta?$select=subject', '/me/mailFolders/delta']) {
      let page = await me.made('GET', path);
      while (page['@odata.nextLink']) page = await me.made('GET', page['@odata.nextLink']);
      await sandbox.control('POST', 'expire', { what: 'delta' });
      answers.push(await me.call('GET', page['@odata.deltaLink']));
    }
    return answers;
  },

  'ApplicationThrottled 429': async ({ sandbox, me }) => {
    await me.token();
    await sandbox.faults([{ host: 'graph', path: '/me/mailFolders', times: 4, then: { delay_ms: 1_500 } }]);
    const held = Array.from({ length: 4 }, () => me.call('GET', '/me/mailFolders'));
    await new Promise((done) => { setTimeout(done, 400); });
    const fifth = await me.call('GET', '/me/messages?$top=1');
    await Promise.all(held);
    assert.ok(Number(fifth.headers.get('retry-after')) >= 1);
    return fifth;
  },

  'TooManyRequests 429': async ({ sandbox, me }) => {
    await me.token();
    await sandbox.control('POST', 'limits', { requests: 5 });
    try {
      let answer;
      for (let tries = 0; tries < 8 && answer?.status !== 429; tries += 1) answer = await me.call('GET', '/me/mailFolders/inbox');
      assert.ok(Number(answer.headers.get('retry-after')) >= 1);
      return answer;
    } finally {
      await sandbox.control('POST', 'limits', { requests: 10_000 });
    }
  },

  'quotaLimitReached 507': (world) => whenFull(world, 'quotaLimitReached'),
  'ErrorQuotaExceeded 507': (world) => whenFull(world, 'ErrorQuotaExceeded'),

  'ErrorExceededMessageLimit 429': async ({ sandbox, me, recipient, GRACE }) => {
    await sandbox.control('POST', 'clock', { advance_s: 120 });
    me.forgetToken();
    let answer;
    for (let sent = 0; sent < 35 && answer?.status !== 429; sent += 1) {
      answer = await me.call('POST', '/me/sendMail', { body: { message: { ...SMALL, toRecipients: [recipient(GRACE)] } } });
    }
    return answer;
  },

  'NotImplemented 501': async ({ me }) => me.call('POST', `/me/messages/${id(await draft(me))}/attachments`, {
    body: { '@odata.type': '#microsoft.graph.itemAttachment', name: 'Post', item: { '@odata.type': '#microsoft.graph.post', subject: 'No item of a mailbox' } },
  }),
};
