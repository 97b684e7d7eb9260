// One case for every row of errors.json: caused over HTTP as a client causes it, or by the control call for what only the
// service can be in. Rows that nobody can cause are named with the reason.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { ADA, Client, GRACE, Sandbox, conforms, hasReference, recipient, reference } from './support.mjs';
import { CASES, NOT_CAUSED, rowName } from './support/error-cases.mjs';
import { Things } from './support/things.mjs';

const skip = hasReference() ? false : 'the reference folder ../shared is not there';
const rows = skip ? [] : reference('errors.json').errors;

let sandbox;
before(async () => { if (!skip) sandbox = await Sandbox.start({ messages: 20, seed: 9 }); });
afterEach(() => sandbox?.faults([]));
after(() => sandbox?.kill());

for (const row of rows) {
  const name = rowName(row);
  const cause = CASES[name];
  if (NOT_CAUSED[name]) {
    test(`errors: ${name}`, { skip: NOT_CAUSED[name] });
    continue;
  }
  conforms(`errors: ${name}`, async () => {
    assert.ok(cause, 'every row has a case or a reason');
    const me = new Client(sandbox, { prefer: null });
    const world = { sandbox, me, things: new Things(sandbox, me, '/me'), grace: new Client(sandbox, { user: GRACE }), recipient, ADA, GRACE };
    const answers = [await cause(world)].flat();
    assert.ok(answers.length > 0);
    for (const answer of answers) {
      assert.equal(answer.status, row.status, answer.text.slice(0, 400));
      assert.equal(answer.code?.toLowerCase(), row.code.toLowerCase(), answer.text.slice(0, 400));
      assert.ok(answer.json.error.message.length > 0);
      const inner = answer.json.error.innerError;
      assert.equal(inner['request-id'], answer.headers.get('request-id'));
      assert.ok(inner['client-request-id'] && inner.date);
    }
  }, { skip, timeout: 90_000 });
}

test('errors: every case and every reason belongs to a row', { skip }, () => {
  const names = new Set(rows.map(rowName));
  assert.equal(names.size, rows.length, 'the rows can be told apart');
  for (const name of [...Object.keys(CASES), ...Object.keys(NOT_CAUSED)]) assert.ok(names.has(name), `there is no row ${name}`);
});
