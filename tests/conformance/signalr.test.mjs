// `@microsoft/signalr`, set up as Microsoft's own Graph client for the browser sets it up: negotiation by redirect,
// notifications that are acknowledged with a result, pings, reconnection.
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { HttpTransportType, HubConnectionBuilder, HubConnectionState, LogLevel } from '@microsoft/signalr';
import { ADA, Client, Sandbox, conforms, stays, until } from './support.mjs';

let sandbox;
let me;
const open = [];
before(async () => {
  sandbox = await Sandbox.start({ messages: 5 });
  me = new Client(sandbox);
});
afterEach(async () => {
  for (const connection of open.splice(0)) await connection.stop();
  await sandbox.reachable();
});
after(() => sandbox?.kill());

const subscribe = (group = crypto.randomUUID(), version = 'beta') => me.made('POST', '/subscriptions', {
  changeType: 'created,updated,deleted',
  notificationUrl: `websockets:?groupId=${group}`,
  resource: "me/mailFolders('Inbox')/messages",
  expirationDateTime: new Date(Date.now() + 3_000_000).toISOString(),
  clientState: 'wsssecret',
}, { version });

/** The address of a subscription's channel for one session, as the toolkit makes it. */
function addressOf({ notificationUrl }, session) {
  // A subscription of v1.0 names a version that only the toolkit's rewriting makes an address.
  const url = notificationUrl.replace('websockets:', '').replace('/1.0/', '/beta/');
  const pattern = /([?&]{1})sessionid=[^&]*/;
  return pattern.test(url) ? url.replace(pattern, `$1sessionid=${session}`) : `${url}${url.includes('?') ? '&' : '?'}sessionid=${session}`;
}

async function connect(subscription, { session = crypto.randomUUID(), answer = () => ({ StatusCode: '200' }), retry } = {}) {
  const builder = new HubConnectionBuilder()
    .withUrl(addressOf(subscription, session), { accessTokenFactory: () => me.token(), withCredentials: false })
    .configureLogging(LogLevel.None);
  const connection = (retry ? builder.withAutomaticReconnect(retry) : builder.withAutomaticReconnect()).build();
  const heard = [];
  connection.on('receivenotificationmessageasync', (message) => {
    heard.push(JSON.parse(message));
    return answer(message);
  });
  connection.on('EchoMessage', () => {});
  open.push(connection);
  await connection.start();
  return { connection, heard };
}

for (const version of ['beta', 'v1.0']) {
  conforms(`signalr: a subscription made by ${version} leads through negotiate to a socket that tells of mail`, async () => {
    const subscription = await subscribe(undefined, version);
    const { connection, heard } = await connect(subscription);
    assert.equal(connection.state, HubConnectionState.Connected);
    const id = await sandbox.deliver({ subject: 'Told of' });
    const [told] = await until('the notification', () => heard.length > 0 && heard);
    assert.equal(told.subscriptionId, subscription.id);
    assert.equal(told.changeType, 'created');
    assert.equal(told.clientState, 'wsssecret');
    assert.equal(told.resourceData.id, id);
  });
}

conforms('signalr: what was acknowledged is not told again, what was not is', async () => {
  const first = await connect(await subscribe());
  await sandbox.deliver({ subject: 'Once' });
  await until('the notification', () => first.heard.length === 1);
  await sandbox.control('POST', 'clock', { advance_s: 15 });
  await stays('one notification', () => first.heard.length === 1, { during: 1_500 });
  await first.connection.stop();
  // A handler that fails makes the client answer with an error.
  const second = await connect(await subscribe(), { answer: () => { throw new Error('no'); } });
  await sandbox.deliver({ subject: 'Again' });
  await until('the notification', () => second.heard.length >= 1);
  await sandbox.control('POST', 'clock', { advance_s: 15 });
  await until('it told again', () => second.heard.length >= 2);
});

conforms('signalr: each session of a group hears everything, and a subscription of the group is heard on one socket', async () => {
  const group = crypto.randomUUID();
  const subscription = await subscribe(group);
  const other = await me.made('POST', '/subscriptions', {
    changeType: 'created', notificationUrl: `websockets:?groupId=${group}`, resource: "me/mailFolders('SentItems')/messages",
    expirationDateTime: new Date(Date.now() + 3_000_000).toISOString(), clientState: 'sent',
  }, { version: 'beta' });
  assert.equal(new URL(addressOf(other, 'x')).pathname, new URL(addressOf(subscription, 'x')).pathname);
  const [one, two] = [await connect(subscription), await connect(subscription)];
  await sandbox.deliver({ subject: 'For both' });
  await until('both to hear', () => one.heard.length > 0 && two.heard.length > 0);
  await me.call('POST', '/me/sendMail', { body: { message: { subject: 'Out', toRecipients: [{ emailAddress: { address: 'linus@petrel.test' } }] } } });
  await until('word of what was sent', () => one.heard.some(({ clientState }) => clientState === 'sent'));
});

conforms('signalr: a ping invocation and the connection’s own pings keep it open', async () => {
  const { connection, heard } = await connect(await subscribe());
  await connection.send('ping');
  await sandbox.deliver({ subject: 'After a ping' });
  await until('the notification', () => heard.length > 0);
  assert.equal(connection.state, HubConnectionState.Connected);
});

for (const how of ['drop', 'close']) {
  conforms(`signalr: after the service’s ${how} the client connects again by itself and hears on`, async () => {
    const { connection, heard } = await connect(await subscribe(), { retry: [0, 200, 500, 1_000] });
    let again = 0;
    connection.onreconnected(() => { again += 1; });
    await sandbox.hub(how);
    await until('the client to reconnect', () => again === 1);
    await sandbox.deliver({ subject: `After ${how}` });
    await until('the notification', () => heard.length > 0);
  });
}

conforms('signalr: a close that forbids reconnecting ends the connection', async () => {
  const { connection } = await connect(await subscribe());
  let ended = false;
  connection.onclose(() => { ended = true; });
  await sandbox.hub('close', false);
  await until('the end', () => ended);
  assert.equal(connection.state, HubConnectionState.Disconnected);
});

conforms('signalr: without a token, or with one that expired, nothing is negotiated', async () => {
  const subscription = await subscribe();
  const url = addressOf(subscription, 'x');
  for (const token of ['', 'nonsense']) {
    const connection = new HubConnectionBuilder().withUrl(url, { accessTokenFactory: () => token, withCredentials: false }).configureLogging(LogLevel.None).build();
    await assert.rejects(connection.start(), /401/);
  }
});

conforms('signalr: negotiation cannot be skipped', async () => {
  const connection = new HubConnectionBuilder().withUrl(addressOf(await subscribe(), 'x'), {
    accessTokenFactory: () => me.token(), skipNegotiation: true, transport: HttpTransportType.WebSockets,
  }).configureLogging(LogLevel.None).build();
  await assert.rejects(connection.start());
});

conforms('signalr: a renewed subscription goes on, a deleted one is silent', async () => {
  const subscription = await subscribe();
  const { heard } = await connect(subscription);
  const renewed = await me.made('PATCH', `/subscriptions/${subscription.id}`, { expirationDateTime: new Date(Date.now() + 3_400_000).toISOString() });
  assert.ok(Date.parse(renewed.expirationDateTime) > Date.parse(subscription.expirationDateTime));
  await sandbox.deliver({ subject: 'Still' });
  await until('the notification', () => heard.length === 1);
  assert.equal((await me.call('DELETE', `/subscriptions/${subscription.id}`)).status, 204);
  await sandbox.deliver({ subject: 'No more' }, ADA);
  await stays('silence', () => heard.length === 1, { during: 700 });
});
