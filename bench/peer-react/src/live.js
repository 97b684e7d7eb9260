// The live channel: a subscription delivered over SignalR, as Microsoft's own toolkit sets it up. It carries no mail,
// so every notification and every new connection leads to one question for the inbox's changes.
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { token } from './auth.js';
import { graph } from './graph.js';
import { mark } from './marks.js';
import { set } from './state.js';

const HOUR = 60 * 60_000;
const GROUP = 'peer.group';

/** The address a subscription names, for this connection. */
function channelOf({ notificationUrl }) {
  const url = notificationUrl.replace('websockets:', '').replace('/1.0/', '/beta/');
  const session = `sessionid=${crypto.randomUUID()}`;
  return /[?&]sessionid=[^&]*/.test(url) ? url.replace(/([?&])sessionid=[^&]*/, `$1${session}`) : `${url}${url.includes('?') ? '&' : '?'}${session}`;
}

const inAnHour = () => new Date(Date.now() + HOUR).toISOString();

async function subscribe() {
  const group = localStorage.getItem(GROUP) ?? crypto.randomUUID();
  localStorage.setItem(GROUP, group);
  return (await graph()).api('/subscriptions').version('beta').header('Prefer', 'IdType="ImmutableId"').post({
    changeType: 'created,updated,deleted', notificationUrl: `websockets:?groupId=${group}`, resource: "me/mailFolders('Inbox')/messages",
    expirationDateTime: inAnHour(), clientState: crypto.randomUUID(),
  });
}

/** Renews a subscription in time, again and again; ends the connection where that fails. */
function keepAlive({ id, expirationDateTime }, hub) {
  setTimeout(async () => {
    if (hub.state === 'Disconnected') return;
    try {
      keepAlive(await (await graph()).api(`/subscriptions/${id}`).patch({ expirationDateTime: inAnHour() }), hub);
    } catch {
      await hub.stop();
    }
  }, Math.max(60_000, Date.parse(expirationDateTime) - Date.now() - 5 * 60_000));
}

/** Connects; `pull` is called whenever there may be something new, `ended` when the channel is gone for good. */
export async function connect(pull, ended) {
  const subscription = await subscribe();
  const hub = new HubConnectionBuilder()
    .withUrl(channelOf(subscription), { accessTokenFactory: () => token(), withCredentials: false, transport: HttpTransportType.WebSockets })
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: ({ previousRetryCount }) => Math.min(30_000, 250 * 2 ** previousRetryCount) })
    .configureLogging(LogLevel.None)
    .build();
  hub.on('receivenotificationmessageasync', () => {
    mark('frame');
    pull();
    return { StatusCode: '200' };
  });
  hub.on('EchoMessage', () => {});
  hub.onreconnecting(() => set({ live: 'offline' }));
  hub.onreconnected(() => {
    set({ live: 'live' });
    pull();
  });
  await hub.start();
  hub.onclose(ended);
  keepAlive(subscription, hub);
  set({ live: 'live' });
  pull();
  return hub;
}
