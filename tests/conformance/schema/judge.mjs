// Judges recorded exchanges: is every answer of Graph what the document says, and which operations were seen to work?
import { matcher } from './document.mjs';
import { Shapes } from './shapes.mjs';

const ERROR = { $ref: '#/components/schemas/microsoft.graph.ODataErrors.ODataError' };
/** Families of operations that lie outside the document and have no schema of their own. */
const OUTSIDE = [/^\/oidc\//, /\/notificationChannel\//i];

/** What was made of a document, because compiling its schemas takes a second. */
const KNOWN = new WeakMap();

export class Judge {
  #shapes;
  #betaShapes;
  #find;
  checked = 0;
  faulted = 0;
  violations = new Map();
  covered = new Set();
  outside = new Map();

  constructor(document) {
    const known = KNOWN.get(document) ?? {
      shapes: new Shapes(document),
      // The document is of v1.0; beta may say more.
      betaShapes: new Shapes(document, { open: true }),
      find: matcher(document),
    };
    KNOWN.set(document, known);
    this.#shapes = known.shapes;
    this.#betaShapes = known.betaShapes;
    this.#find = known.find;
  }

  /** Looks at one exchange; what its answer violates is kept. */
  exchange(one) {
    if (one.method === 'OPTIONS' || one.status === 101) return;
    if (one.faulted) {
      this.faulted += 1;
      return;
    }
    if (one.host === 'graph') this.#graph(one);
    else if (one.host === 'upload' && one.status >= 400 && one.body !== null) this.#is(ERROR, one, one.status, parsed(one.body), `${one.method} the upload host`);
  }

  #graph(one) {
    const [path] = one.path.split('?');
    const versioned = /^\/(v1\.0|beta)(\/.*)?$/.exec(path);
    const operation = versioned && this.#find(one.method, versioned[2] ?? '/');
    const type = one.headers['content-type'] ?? '';
    if (!operation) {
      if (one.status < 400) {
        if (!OUTSIDE.some((family) => family.test(path.slice(versioned ? versioned[1].length + 1 : 0)))) this.outside.set(`${one.method} ${path}`, one.status);
        return;
      }
      if (/notificationChannel|oidc/i.test(path)) return;
      this.#is(ERROR, one, one.status, parsed(one.body), `${one.method} ${path}`);
      return;
    }
    this.#answer(operation, one, one.status, type, one.body, one.path);
    if (operation.path === '/$batch' && one.status === 200) this.#batch(one);
  }

  /** The items of a batch are answers of their own operations. */
  #batch(one) {
    const asked = parsed(one.request_body)?.requests ?? [];
    for (const item of parsed(one.body)?.responses ?? []) {
      const request = asked.find(({ id }) => String(id) === String(item.id));
      const [path] = String(request?.url ?? '').split('?');
      const operation = request && this.#find(String(request.method).toUpperCase(), path.startsWith('/') ? path : `/${path}`);
      const type = Object.entries(item.headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
      if (operation) this.#answer(operation, one, item.status, type, item.body ?? null, `${request.url} in a batch`);
      else if (item.status >= 400) this.#is(ERROR, one, item.status, item.body, `${request?.method} ${request?.url} in a batch`);
    }
  }

  #answer({ key, operation }, one, status, type, body, path) {
    this.checked += 1;
    const place = `${key} ${status}`;
    const documented = operation.responses[status];
    if (!documented) {
      if (status >= 400 && status < 600) this.#is(ERROR, one, status, parsed(body), place, path);
      else this.#violates(place, `the status is not documented (${Object.keys(operation.responses).join(', ')})`, path);
      return;
    }
    const [[kind, content] = []] = Object.entries(documented.content ?? {});
    if (!kind) {
      if (body !== null) this.#violates(place, 'there is a body where none is documented', path);
    } else if (kind === 'application/json') {
      if (!type.startsWith('application/json')) this.#violates(place, `the content type is '${type}'`, path);
      const value = parsed(body);
      if (value === undefined) this.#violates(place, 'the body is no JSON', path);
      else this.#is(content.schema, one, status, value, place, path);
    } else if (content.schema?.type === 'integer') {
      if (!type.startsWith('text/plain')) this.#violates(place, `the content type is '${type}'`, path);
      if (!/^\uFEFF?\d+$/.test(String(body))) this.#violates(place, `the body is no number: ${body}`, path);
    } else if (kind.startsWith('image/') && !/^image\//.test(type)) {
      this.#violates(place, `the content type is '${type}'`, path);
    } else if (kind === 'text/plain' && !type.startsWith('text/plain')) {
      this.#violates(place, `the content type is '${type}'`, path);
    }
    this.covered.add(key);
  }

  #is(schema, one, status, value, place, path = one.path) {
    if (!this.#counted(place)) this.checked += 1;
    const wrong = value === undefined ? 'the body is no JSON' : (one.path.startsWith('/beta/') ? this.#betaShapes : this.#shapes).wrong(schema, value);
    if (wrong) this.#violates(place.endsWith(String(status)) ? place : `${place} ${status}`, wrong, path);
  }

  // Answers of documented operations were counted before their shape is looked at.
  #counted(place) { return /^(GET|POST|PATCH|PUT|DELETE) \/\S* \d+$/.test(place); }

  #violates(place, what, path) {
    const key = `${place}: ${what}`;
    const known = this.violations.get(key) ?? { times: 0, path };
    known.times += 1;
    this.violations.set(key, known);
  }
}

function parsed(body) {
  if (body !== null && typeof body === 'object') return body.base64 === undefined ? body : undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
