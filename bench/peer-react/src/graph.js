// Microsoft's Graph client with the shortest chain of middleware that still waits when it is throttled.
// The library takes secure addresses only: Graph's address is spelled `https` for it and as it is for the network.
import { Client, PageIterator, RetryHandler, RetryHandlerOptions } from '@microsoft/microsoft-graph-client';
import { graphOrigin, token } from './auth.js';

class Fetching {
  constructor(origin) {
    this.origin = origin;
    this.spelled = secure(origin);
  }

  async execute(context) {
    const url = context.request.replace(this.spelled, this.origin);
    const send = (bearer) => fetch(url, { ...context.options, headers: { ...context.options.headers, authorization: `Bearer ${bearer}` } });
    context.response = await send(await token());
    if (context.response.status === 401) context.response = await send(await token({ fresh: true }));
  }
}

const secure = (url) => url.replace(/^http:/, 'https:');

async function start() {
  const origin = await graphOrigin();
  const client = Client.initWithMiddleware({
    baseUrl: `${secure(origin)}/`, defaultVersion: 'v1.0',
    middleware: [new RetryHandler(new RetryHandlerOptions()), new Fetching(origin)],
  });
  const api = client.api.bind(client);
  client.api = (path) => api(secure(path));
  return client;
}

let starting;
export function graph() {
  starting ??= start();
  starting.catch(() => { starting = undefined; });
  return starting;
}

export const IMMUTABLE = 'IdType="ImmutableId"';

/** A request for immutable ids. */
export const ask = async (path, prefer = IMMUTABLE) => (await graph()).api(path).header('Prefer', prefer);

/** Items of a full page. */
export const FULL = 1_000;

/**
 * Goes through all pages with the library's iterator and hands each one over while the next is already under way.
 * Resolves to the delta link once every page was taken.
 */
export async function eachPage(path, prefer, take) {
  const client = await graph();
  const headers = { Prefer: prefer };
  const first = await client.api(path).headers(headers).get();
  let page = [];
  let taking = Promise.resolve();
  // The iterator gives items one at a time; it is stopped at the end of each full page.
  const iterator = new PageIterator(client, first, (item) => {
    page.push(item);
    return page.length < FULL;
  }, { headers });
  do {
    await iterator.iterate();
    await taking;
    taking = take(page);
    taking.catch(() => {});
    page = [];
  } while (!iterator.isComplete());
  await taking;
  return iterator.getDeltaLink();
}
