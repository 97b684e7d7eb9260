// Every operation of the document is tried once in each of its trees, on things made for it, and must answer as documented.
// What the sandbox does not have shows as not covered; the check of the record holds the number against minimum.json.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ADA, Client, Refused, Sandbox, hasReference, isMissing, operationsOf, reference } from './support.mjs';
import { Things } from './support/things.mjs';
import { prepare } from './support/tries.mjs';

const skip = hasReference() ? false : 'the reference folder ../shared is not there';
let sandbox;
before(async () => { if (!skip) sandbox = await Sandbox.start({ messages: 30, seed: 11 }); });
after(() => sandbox?.kill());

/** Operations that end a thing for good: asking for it again must find nothing. */
const ENDS = /^DELETE .*\/(attachments|extensions|messageRules|masterCategories|overrides|contacts|contactFolders|events|subscriptions)\/\{[^/]*\}$/;

/** Operations of the document that the service itself declines: it follows changes of messages folder by folder. */
const DECLINED = /^GET \/(me|users\/\{user-id\})\/messages\/delta\(\)$/;

async function tried(one, things) {
  let call;
  try {
    call = await prepare(one, things);
  } catch (error) {
    if (error instanceof Refused && isMissing(error.answer)) return { missing: `needs ${error.message.split(':')[0]}` };
    return { wrong: `cannot be prepared: ${error.message}` };
  }
  const answer = await things.me.call(one.method, call.path, call.options);
  const documented = Object.keys(one.operation.responses).filter((status) => status.startsWith('2'));
  if (documented.includes(String(answer.status))) {
    if (call.also) {
      const other = await things.me.call(one.method, call.path, call.also);
      if (other.status >= 400 && !isMissing(other)) return { wrong: `as ${call.also.type}: ${other.status} ${other.text.slice(0, 200)}` };
    }
    if (ENDS.test(one.key)) {
      const again = await things.me.call('GET', call.path.split('?')[0]);
      if (again.status < 400) return { wrong: `it is still there afterwards: ${again.status}` };
    }
    if (answer.status === 201 && answer.json?.id && one.operation.responses['201'] && /\/(messages|mailFolders|contacts|events|messageRules|masterCategories|overrides|contactFolders)$/.test(one.path)) {
      const again = await things.me.call('GET', `${call.path.split('?')[0]}/${encodeURIComponent(answer.json.id)}`);
      if (again.status !== 200) return { wrong: `what was made cannot be read: ${again.status} ${again.text.slice(0, 200)}` };
    }
    return { covered: true };
  }
  if (DECLINED.test(one.key) && answer.status === 400) return { missing: 'declined, as the service declines it' };
  if (isMissing(answer, call.path)) return { missing: `${answer.status} ${answer.code ?? ''}` };
  return { wrong: `${answer.status} ${answer.text.slice(0, 300)}` };
}

for (const tree of ['/me', '/users/{user-id}', '']) {
  test(`every operation below ${tree || 'the root'} answers as documented or is not there yet`, { skip }, async (context) => {
    // Sending has a limit a minute, and a token a life.
    await sandbox.control('POST', 'clock', { advance_s: 120 });
    const me = new Client(sandbox);
    const { id } = await me.made('GET', '/me');
    const prefix = tree === '/me' ? '/me' : `/users/${tree === '' ? id : ADA}`;
    const things = new Things(sandbox, me, prefix);
    const owns = (path) => (tree === '' ? !path.startsWith('/me') && !path.startsWith('/users/{') : path === tree || path.startsWith(`${tree}/`));
    const all = operationsOf(reference('openapi-mail.json')).filter(({ path }) => owns(path));
    const results = [];
    for (const one of all) results.push({ key: one.key, ...await tried(one, things) });
    const covered = results.filter((one) => one.covered);
    context.diagnostic(`${covered.length} of ${all.length} covered`);
    for (const { key, missing } of results.filter((one) => one.missing)) context.diagnostic(`not there: ${key} (${missing})`);
    assert.deepEqual(results.filter((one) => one.wrong).map(({ key, wrong }) => `${key}: ${wrong}`), []);
    assert.ok(covered.length > 0, 'nothing answers at all');
  });
}
