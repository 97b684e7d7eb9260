// The judge of the test pages: everything that is no success is named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdict } from './verdict.mjs';

const CONTRACT = 'test store::tests::the_store_in_the_browser_keeps_the_contract ... ok';
const page = (lines, result) => ['running 2 tests', ...lines, '', result, ''].join('\n');
const good = page([CONTRACT, 'test page::tests::other ... ok'], 'test result: ok. 2 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.1s');

test('two passed tests with the contract among them are a success', () => {
  assert.equal(verdict('mail_browser-0123.wasm', good), undefined);
});

test('a failed test, a cut report, nothing run and a missing contract are failures', () => {
  const failed = page([CONTRACT, 'test other ... FAIL'], 'test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 filtered out; finished in 0.1s');
  assert.match(verdict('mail_browser-0123.wasm', failed), /tests failed/);
  assert.match(verdict('mail_browser-0123.wasm', good.split('test result')[0]), /0 results/);
  assert.match(verdict('mail_browser-0123.wasm', page([CONTRACT], 'test result: ok. 2 passed; 0 failed;')), /1 tests are listed/);
  assert.match(verdict('other-0123.wasm', page([], 'test result: ok. 0 passed; 0 failed;')), /0 tests/);
  assert.match(verdict('mail_browser-0123.wasm', page(['test other ... ok'], 'test result: ok. 1 passed; 0 failed;')), /keeps_the_contract did not run/);
});
