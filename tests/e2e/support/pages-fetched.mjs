// Which pages of a first sync were asked for, from the sandbox's log, and whether one was asked for twice without need.
import assert from 'node:assert/strict';

/** How many pages a device may have asked for and not yet written down when it dies: it asks for a few at once, and one is being written down. */
const UNDER_WAY = 4;

/** Every page of a full round that was asked for: `{at, page, answered}`, oldest first. Links differ each time they are given out, places in a round do not. */
export function pagesFetched(log) {
  return log.flatMap(({ at, host, method, path, query, status }) => {
    const folder = /\/mailFolders\/([^/]+)\/messages\/delta$/i.exec(path)?.[1];
    if (host !== 'graph' || method !== 'GET' || !folder) return [];
    const options = new URLSearchParams(query);
    if (options.has('$deltatoken')) return [];
    const token = options.get('$skiptoken');
    const place = token ? JSON.parse(Buffer.from(token, 'base64url').toString()) : {};
    // A place without the next message's time and number is of a round of changes.
    if (token && place.t === undefined) return [];
    return [{ at: Date.parse(at), page: `${decodeURIComponent(folder)} from ${place.t ?? 'the newest'} ${place.k ?? ''}`, answered: status === 200 }];
  });
}

/** Fails where a page was asked for again although nothing died between its request and its commit; the number of pages asked for again. */
export function againOnlyAfterDeaths(fetched, deaths) {
  const last = new Map();
  let again = 0;
  for (const [index, { at, page }] of fetched.entries()) {
    const before = last.get(page);
    if (before !== undefined) {
      again += 1;
      const death = deaths.find((time) => time >= fetched[before].at - 5 && time <= at + 5);
      assert.ok(death !== undefined, `${page} was asked for twice, and nothing had died`);
      const since = fetched.slice(before + 1, index).filter((other) => other.at <= death).length;
      assert.ok(since < UNDER_WAY, `${page} was asked for again although ${since} pages had been asked for between it and the death: it was lost`);
    }
    last.set(page, index);
  }
  return again;
}
