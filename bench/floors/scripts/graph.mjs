// Graph by hand: the delta of a folder, and the way from a subscription to its socket.
// The requests are those Petrel sends, without anything around them.

/** The properties Petrel's rows are made of. */
const FIELDS = 'id,parentFolderId,conversationId,subject,bodyPreview,from,toRecipients,ccRecipients,replyTo,receivedDateTime,isRead,flag,hasAttachments,importance,isDraft,internetMessageId';
const RECORD = '\x1e';
const TARGET = 'receivenotificationmessageasync';
const utf8 = new TextDecoder();

/** The first page of a folder's delta: all its messages, newest first. */
export const deltaOf = (graph, folder) => `${graph}/v1.0/me/mailFolders/${encodeURIComponent(folder)}/messages/delta?$select=${FIELDS}&$orderby=receivedDateTime%20desc`;

/** One page, `{value, next, link}`. */
export async function page(url, token, size = 1_000) {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}`, prefer: `IdType="ImmutableId", odata.maxpagesize=${size}` } });
  // Faster than `response.json()`, which builds its text twice.
  const text = utf8.decode(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  const answer = JSON.parse(text);
  return { value: answer.value, next: answer['@odata.nextLink'], link: answer['@odata.deltaLink'] };
}

async function post(url, token, body) {
  const headers = { authorization: `Bearer ${token}`, prefer: 'IdType="ImmutableId"' };
  if (body) headers['content-type'] = 'application/json';
  const response = await fetch(url, { method: 'POST', headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

const negotiation = (address) => {
  const [path, query = ''] = address.split('?');
  return `${path.replace(/\/$/, '')}/negotiate?${query}${query && '&'}negotiateVersion=1`;
};

/**
 * Subscribes to the inbox and opens the socket that tells of it; resolves once the service has shaken hands. `onFrame`
 * gets each frame's notifications, parsed and
 * acknowledged, and the moment the frame came.
 */
export async function connect({ graph, token }, onFrame) {
  const { notificationUrl } = await post(`${graph}/beta/subscriptions`, token, {
    changeType: 'created,updated,deleted',
    notificationUrl: `websockets:?groupId=${crypto.randomUUID()}`,
    resource: "me/mailFolders('Inbox')/messages",
    expirationDateTime: new Date(Date.now() + 3_600_000).toISOString(),
    clientState: crypto.randomUUID(),
  });
  let address = notificationUrl.replace('websockets:', '').replace('/1.0/', '/beta/').replace(/([?&])sessionid=[^&]*/, `$1sessionid=${crypto.randomUUID()}`);
  let key = token;
  let answer = await post(negotiation(address), key);
  while (answer.url) {
    address = answer.url;
    key = answer.accessToken ?? key;
    answer = await post(negotiation(address), key);
  }
  const id = encodeURIComponent(answer.connectionToken ?? answer.connectionId);
  const socket = new WebSocket(`${address.replace(/^http/, 'ws')}${address.includes('?') ? '&' : '?'}id=${id}&access_token=${encodeURIComponent(key)}`);
  await new Promise((done, fail) => {
    socket.onopen = () => socket.send(`{"protocol":"json","version":1}${RECORD}`);
    socket.onclose = () => fail(new Error('the service closed the socket before it shook hands'));
    socket.onmessage = ({ data }) => {
      const [shake, ...rest] = data.split(RECORD);
      const { error } = JSON.parse(shake);
      if (error) {
        fail(new Error(error));
        return;
      }
      socket.onmessage = (event) => receive(socket, event.data, onFrame);
      socket.onclose = null;
      socket.send(`{"type":6}${RECORD}`);
      if (rest.length > 1) receive(socket, rest.join(RECORD), onFrame);
      done();
    };
  });
  return socket;
}

function receive(socket, data, onFrame) {
  const at = performance.now();
  const records = [];
  let answers = '';
  for (const text of data.split(RECORD)) {
    if (text === '') continue;
    const record = JSON.parse(text);
    if (record.type === 6) answers += `{"type":6}${RECORD}`;
    // The service also says that it is connected, which is no notification and asks for no answer.
    if (record.type !== 1 || record.target.toLowerCase() !== TARGET) continue;
    records.push(record);
    if (record.invocationId) answers += `{"type":3,"invocationId":${JSON.stringify(record.invocationId)},"result":{"StatusCode":"200"}}${RECORD}`;
  }
  // One frame back for one frame in.
  if (answers) socket.send(answers);
  if (records.length > 0) onFrame(records, at);
}
