// Renews the pictures in docs/screenshots: the same mailbox, wide and on a phone, light and dark.
import { mkdir, readdir, stat } from 'node:fs/promises';
import {
  PHONE, ROOT, Sandbox, WIDE, bodyIsThere, button, isLive, openBrowser, rowOf, rows, signIn,
} from './support.mjs';

const folder = `${ROOT}docs/screenshots`;
await mkdir(folder, { recursive: true });
const sandbox = await Sandbox.start({ messages: 400, seed: 1 });

/** A message worth a picture: of the first screen, one without a long subject and with something in it. */
async function openGoodOne(page) {
  const all = await rows(page).evaluateAll((list) => list
    .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex'))).slice(0, 8)
    .map((row) => ({ id: row.dataset.messageId, preview: row.querySelector('.preview')?.textContent.length ?? 0 })));
  const { id } = all.slice(1).reduce((best, row) => (row.preview > best.preview ? row : best), all[1] ?? all[0]);
  await rowOf(page, id).click();
  await bodyIsThere(page, id);
  await page.waitForTimeout(400);
}

async function pictures(name, viewport, colorScheme) {
  const { page, close } = await openBrowser({ viewport, colorScheme });
  const shot = async (what) => page.screenshot({ path: `${folder}/${what}-${name}-${colorScheme}.png`, animations: 'disabled', caret: 'hide' });
  try {
    await page.goto(`${sandbox.app}/`);
    await button(page, 'Sign in').waitFor();
    await shot('sign-in');
    await signIn(page, sandbox);
    await isLive(page, 'live');
    await page.waitForTimeout(600);
    if (viewport === PHONE) await shot('list');
    await openGoodOne(page);
    await shot(viewport === PHONE ? 'message' : 'mailbox');
    if (viewport === PHONE) await button(page, 'Back to list').click();
    await button(page, 'New message').click();
    const composer = page.getByRole('dialog', { name: 'New message' });
    await composer.getByLabel('To', { exact: true }).fill('grace@petrel.test');
    await composer.getByLabel('Subject', { exact: true }).fill('Storm watch this weekend');
    await composer.locator('[contenteditable]').fill('Hi Grace,\n\nthe forecast says gusts of nine on Saturday. Shall we move the survey to Sunday morning? I can bring the small boat.\n\nAda');
    await shot('composer');
    await composer.getByRole('button', { name: 'Discard', exact: true }).click();
  } finally {
    await close();
  }
}

try {
  for (const colorScheme of ['light', 'dark']) {
    await pictures('1440x900', WIDE, colorScheme);
    await pictures('390x844', PHONE, colorScheme);
  }
} finally {
  await sandbox.kill();
}
for (const name of (await readdir(folder)).sort()) console.log(`${name} ${(await stat(`${folder}/${name}`)).size} B`);
