// The OpenAPI document of Graph's mail subset: finds it, and says which operation a request is.
import { readFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The reference folder lies beside the project; another place may be named. */
export const REFERENCE = process.env.PETREL_REFERENCE ?? fileURLToPath(new URL('../../../../shared/graph/', import.meta.url));
export const hasReference = () => existsSync(`${REFERENCE}/openapi-mail.json`);
export const reference = (name) => JSON.parse(readFileSync(`${REFERENCE}/${name}`, 'utf8'));

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];

/** Every operation of the document: `{key, method, path, operation}`, the key like `GET /me/messages`. */
export function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, item]) => METHODS
    .filter((method) => item[method])
    .map((method) => ({ key: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, operation: item[method] })));
}

/** A path as comparable segments: `messages('x')` is two, `delta()` and `microsoft.graph.delta()` are `delta`, a cast is none. */
export function segmentsOf(path) {
  return path.split('/').filter(Boolean).flatMap((raw) => {
    let text;
    try {
      text = decodeURIComponent(raw);
    } catch {
      text = raw;
    }
    if (isCast(text)) return [];
    text = text.replace(/^microsoft\.graph\./i, '');
    const keyed = /^([A-Za-z]+)\('(.*)'\)$/.exec(text);
    if (keyed) return [keyed[1].toLowerCase(), { value: keyed[2] }];
    const named = /^([A-Za-z]+)\([A-Za-z]+='.*'\)$/.exec(text);
    if (named) return [`${named[1].toLowerCase()}(=)`];
    return [text.replace(/\(\)$/, '')];
  });
}

const CASTS = ['message', 'eventmessage', 'eventmessagerequest', 'eventmessageresponse', 'fileattachment', 'itemattachment', 'referenceattachment', 'mailsearchfolder', 'opentypeextension'];
const isCast = (text) => /^microsoft\.graph\./i.test(text) && CASTS.includes(text.slice('microsoft.graph.'.length).toLowerCase());

/** A function from method and path (after the version, without the query) to an operation, or undefined. */
export function matcher(document) {
  const byLength = new Map();
  for (const one of operationsOf(document)) {
    const segments = segmentsOf(one.path).map((segment) => (/^\{.*\}$/.test(segment) ? null : String(segment).toLowerCase()));
    const key = `${one.method} ${segments.length}`;
    byLength.set(key, [...(byLength.get(key) ?? []), { ...one, segments }]);
  }
  return (method, path) => {
    const asked = segmentsOf(path);
    const candidates = (byLength.get(`${method} ${asked.length}`) ?? []).filter(({ segments }) => segments.every((segment, at) => segment === null
      || (typeof asked[at] === 'string' && asked[at].toLowerCase() === segment)));
    // A word of the document beats a place where any id may stand.
    return candidates.sort((a, b) => a.segments.filter((one) => one === null).length - b.segments.filter((one) => one === null).length)[0];
  };
}
