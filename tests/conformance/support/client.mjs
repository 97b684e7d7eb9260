// A plain client of Graph: one person, one token, answers as they are.
import { ADA } from '../../e2e/support/sandbox.mjs';

/** Every scope the mail subset has a use for. */
export const SCOPES = [
  'User.Read', 'User.ReadWrite', 'User.ReadBasic.All', 'User.Read.All', 'Mail.ReadWrite', 'Mail.Send', 'MailboxSettings.ReadWrite',
  'Contacts.ReadWrite', 'People.Read', 'Calendars.ReadWrite', 'Mail.ReadWrite.Shared', 'Mail.Send.Shared',
];
export const IMMUTABLE = 'IdType="ImmutableId"';
export const recipient = (address) => ({ emailAddress: { address } });

export class Client {
  #sandbox;
  #user;
  #scopes;
  #token;

  constructor(sandbox, { user = ADA, scopes = SCOPES, prefer = IMMUTABLE, token } = {}) {
    this.#sandbox = sandbox;
    this.#user = user;
    this.#scopes = scopes;
    this.#token = token;
    this.prefer = prefer;
  }

  async token() {
    this.#token ??= (await this.#sandbox.control('POST', 'token', { user: this.#user, scopes: this.#scopes })).access_token;
    return this.#token;
  }

  forgetToken() { this.#token = undefined; }

  /** One call; `path` follows the version, or is a whole address. */
  async call(method, path, { body, type, headers = {}, version = 'v1.0' } = {}) {
    const url = path.startsWith('http') ? path : `${this.#sandbox.graph}/${version}${path}`;
    const isJson = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
    const kind = type ?? (isJson ? 'application/json' : undefined);
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        ...(this.prefer ? { prefer: this.prefer } : {}),
        ...(kind ? { 'content-type': kind } : {}),
        ...headers,
      },
      body: isJson ? JSON.stringify(body) : body,
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString('utf8');
    let json;
    try { json = JSON.parse(text); } catch { json = undefined; }
    return { status: response.status, headers: response.headers, bytes, text, json, code: json?.error?.code };
  }

  /** A call that must succeed; its JSON. */
  async made(method, path, body, options) {
    const answer = await this.call(method, path, { body, ...options });
    if (answer.status >= 300) throw new Refused(`${method} ${path}`, answer);
    return answer.json;
  }
}

/** An answer that is no success, where one was needed to go on. */
export class Refused extends Error {
  constructor(what, answer) {
    super(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
    this.answer = answer;
  }
}

/** Whether an answer only says that the sandbox has no such operation (yet). */
export function isMissing({ status, json, code }, path = '') {
  if ([404, 405, 501].includes(status)) return true;
  // A word that is no operation is read as an id.
  const isWord = /\/(\$count|delta(\(\))?)(\?|$)/.test(path);
  return status === 400 && (/Resource not found for the segment/.test(json?.error?.message ?? '') || (isWord && code === 'ErrorInvalidIdMalformed'));
}
