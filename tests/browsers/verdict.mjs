// What the text of a test page means. No failure may look like success: nothing run, a cut report and a missing test all count as failures.

/** What a program must have run, by the beginning of its file's name: without these the run says nothing about the store. */
const REQUIRED = [
  ['mail_browser-', 'store::tests::the_store_in_the_browser_keeps_the_contract'],
  ['worker-', 'the_store_works_without_a_window'],
];

/** What is wrong with the outcome of this program, in words; nothing when all went well. */
export function verdict(program, text) {
  const results = text.match(/^test result: .*$/gm) ?? [];
  if (results.length !== 1) return `${results.length} results instead of one`;
  const counts = /^test result: ok\. (\d+) passed; 0 failed;/.exec(results[0]);
  if (!counts) return `the tests failed: ${results[0]}`;
  const passed = (text.match(/^test .* \.\.\. ok$/gm) ?? []).length;
  if (passed === 0 || passed !== Number(counts[1])) return `${passed} tests are listed as passed, ${counts[1]} counted`;
  if (/^test .* \.\.\. FAIL/m.test(text)) return 'a test is listed as failed';
  const missing = REQUIRED.find(([beginning, test]) => program.startsWith(beginning) && !text.split('\n').includes(`test ${test} ... ok`));
  return missing ? `${missing[1]} did not run` : undefined;
}
