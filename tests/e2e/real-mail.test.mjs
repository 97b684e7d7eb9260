// Mail as it really is: a folder of it imported, listed, and its largest messages opened.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { ROOT, Sandbox, bodyIsThere, idsListed, openBrowser, reveal, signIn, until } from './support.mjs';

const mail = process.env.PETREL_MAIL ?? resolve(ROOT, '../shared/mail');
const skip = existsSync(mail) ? false : `no mail folder at ${mail}; set PETREL_MAIL to one with .eml files`;

async function emlFiles() {
  const entries = await readdir(mail, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && /\.eml$/i.test(entry.name)).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const sized = await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })));
  return sized.sort((a, b) => b.size - a.size);
}

/** The id in a mail's header, if it has one. */
async function messageId(path) {
  const head = (await readFile(path, 'latin1')).split(/\r?\n\r?\n/, 1)[0].replace(/\r?\n[ \t]+/g, ' ');
  return /^message-id:\s*(<[^<>\s]+>)/im.exec(head)?.[1];
}

test('a folder of real mail is imported or refused by name, listed, and its ten largest messages open', { skip, timeout: 240_000 }, async (t) => {
  const sandbox = await Sandbox.start({ messages: 0, imports: [mail] });
  const browser = await openBrowser();
  const { page } = browser;
  try {
    const [, imported, all] = /imported (\d+) of (\d+)/.exec(sandbox.said) ?? assert.fail(sandbox.said);
    const refused = sandbox.said.match(/^sandbox: skipped .+: .+$/gm) ?? [];
    t.diagnostic(`imported ${imported} of ${all}, refused by name ${refused.length}`);
    assert.equal(Number(imported) + refused.length, Number(all));

    await signIn(page, sandbox);
    const inbox = (await sandbox.folders()).find(({ display_name }) => display_name === 'Inbox');
    const there = inbox.messages.map(({ id }) => id).sort();
    const grid = page.getByRole('grid', { name: 'Messages' });
    await until('the whole size', async () => Number(await grid.getAttribute('aria-rowcount')) === there.length, { timeout: 60_000 });
    await until('every mail of the server in the list', async () => {
      const listed = (await idsListed(page)).sort();
      assert.deepEqual(listed, there, `${listed.length} of ${there.length} listed`);
      return true;
    }, { timeout: 60_000 });
    assert.equal(Number(await grid.getAttribute('aria-rowcount')), there.length);

    let opened = 0;
    for (const { path, size } of await emlFiles()) {
      if (opened === 10) break;
      const known = await messageId(path);
      if (!known) continue;
      const query = new URLSearchParams({ $filter: `internetMessageId eq '${known.replaceAll("'", "''")}'`, $select: 'id,subject' });
      const [found] = (await sandbox.asOtherClient('GET', `/me/messages?${query}`)).value;
      if (!found) {
        assert.ok(refused.some((line) => line.includes(path.split('/').pop())), `${path} is neither there nor refused`);
        continue;
      }
      const row = await reveal(page, found.id);
      await row.click();
      await bodyIsThere(page, found.id);
      opened += 1;
      t.diagnostic(`opened ${path.split('/').pop()} (${size} B)`);
    }
    assert.equal(opened, 10);
  } finally {
    await browser.close();
    await sandbox.kill();
  }
});
