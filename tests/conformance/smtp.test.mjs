// Mail fed by programs that send mail for a living: nodemailer always, swaks where it is installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import nodemailer from 'nodemailer';
import { ADA, Client, GRACE, IMMUTABLE, LINUS, Sandbox, conforms, until } from './support.mjs';

let sandbox;
let me;
let transport;
before(async () => {
  sandbox = await Sandbox.start({ messages: 3 });
  me = new Client(sandbox);
  transport = nodemailer.createTransport({ host: '127.0.0.1', port: sandbox.smtpPort, secure: false, ignoreTLS: true });
});
after(async () => {
  transport?.close();
  await sandbox?.kill();
});

const FROM = 'Mira Okafor <mira@harbor.example>';
const arrived = async (subject, user = ADA, options = '') => {
  const { id } = await until(`“${subject}”`, () => sandbox.find(subject, user));
  const client = user === ADA ? me : new Client(sandbox, { user });
  return client.made('GET', `/me/messages/${encodeURIComponent(id)}${options}`, undefined, { headers: { prefer: `${IMMUTABLE}, outlook.body-content-type="text"` } });
};
const filesOf = async ({ id }) => (await me.made('GET', `/me/messages/${encodeURIComponent(id)}/attachments`)).value;

conforms('smtp: a plain mail arrives with its sender, people and words', async () => {
  await transport.sendMail({ from: FROM, to: ADA, cc: `Grace <${GRACE}>`, subject: 'By nodemailer', text: 'Simple words.' });
  const message = await arrived('By nodemailer');
  assert.equal(message.from.emailAddress.address, 'mira@harbor.example');
  assert.equal(message.from.emailAddress.name, 'Mira Okafor');
  assert.deepEqual(message.ccRecipients.map(({ emailAddress }) => emailAddress.address), [GRACE]);
  assert.match(message.body.content, /Simple words\./);
  await arrived('By nodemailer', GRACE);
});

conforms('smtp: letters of many scripts survive in subject, names and body, encoded or as eight bits', async () => {
  const subject = 'Grüße, Ωμέγα und 日本語 🚢';
  await transport.sendMail({ from: { name: 'Jürgen Ångström', address: 'j@harbor.example' }, to: ADA, subject, text: 'Zwölf Boxkämpfer — 十二 🥊' });
  const message = await arrived(subject);
  assert.equal(message.from.emailAddress.name, 'Jürgen Ångström');
  assert.match(message.body.content, /Zwölf Boxkämpfer — 十二 🥊/);
  const raw = ['From: mira@harbor.example', `To: ${ADA}`, 'Subject: Eight bits', 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit', '', 'Füße im Schlamm, ça va.', ''].join('\r\n');
  await transport.sendMail({ envelope: { from: 'mira@harbor.example', to: [ADA] }, raw });
  assert.match((await arrived('Eight bits')).body.content, /Füße im Schlamm, ça va\./);
});

conforms('smtp: long lines and lines that begin with a dot come through whole', async () => {
  const long = 'abcdefghij'.repeat(500);
  const raw = ['From: mira@harbor.example', `To: ${ADA}`, 'Subject: Long lines', 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=us-ascii', '', long, '.', '..two', '.hidden', 'end', ''].join('\r\n');
  await transport.sendMail({ envelope: { from: 'mira@harbor.example', to: [ADA] }, raw });
  const { body } = await arrived('Long lines');
  assert.ok(body.content.includes(long), 'the long line is whole');
  assert.match(body.content, /\.\r?\n\.\.two\r?\n\.hidden\r?\nend/);
});

conforms('smtp: attachments and inline pictures arrive byte for byte', async () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256));
  await transport.sendMail({
    from: FROM, to: ADA, subject: 'With files', text: 'See the files.', html: '<p>See <img src="cid:dot@harbor"></p>',
    attachments: [
      { filename: 'Übersicht.bin', content: bytes },
      { filename: 'dot.png', content: Buffer.from('iVBORw0KGgo=', 'base64'), cid: 'dot@harbor', contentDisposition: 'inline' },
    ],
  });
  const message = await arrived('With files');
  assert.equal(message.hasAttachments, true);
  const files = await filesOf(message);
  const file = files.find(({ name }) => name === 'Übersicht.bin');
  const inline = files.find(({ name }) => name === 'dot.png');
  assert.ok(Buffer.from(file.contentBytes, 'base64').equals(bytes));
  assert.equal(inline.isInline, true);
  assert.equal(inline.contentId, 'dot@harbor');
});

conforms('smtp: a mail inside a mail becomes an item attachment or a file that holds it', async () => {
  const inner = `From: x@y.example\r\nTo: ${ADA}\r\nSubject: Inner\r\n\r\nInside.\r\n`;
  await transport.sendMail({ from: FROM, to: ADA, subject: 'Outer', text: 'Outside.', attachments: [{ contentType: 'message/rfc822', content: inner, filename: 'inner.eml' }] });
  const [file] = await filesOf(await arrived('Outer'));
  assert.match(file['@odata.type'], /#microsoft\.graph\.(itemAttachment|fileAttachment)/);
});

conforms('smtp: an answer joins the conversation of what it answers', async () => {
  const id = `<${crypto.randomUUID()}@harbor.example>`;
  await transport.sendMail({ from: FROM, to: ADA, subject: 'Thread it', text: 'One.', messageId: id });
  await transport.sendMail({ from: FROM, to: ADA, subject: 'Re: Thread it', text: 'Two.', inReplyTo: id, references: [id] });
  assert.equal((await arrived('Thread it')).conversationId, (await arrived('Re: Thread it')).conversationId);
});

conforms('smtp: one mail to several people is one for each, and a stranger is refused', async () => {
  await transport.sendMail({ from: FROM, to: [ADA, GRACE, LINUS], subject: 'For three', text: 'All.' });
  for (const user of [ADA, GRACE, LINUS]) await until(user, () => sandbox.find('For three', user));
  const { rejected } = await transport.sendMail({ from: FROM, to: [ADA, 'nobody@petrel.test'], subject: 'For one', text: 'One.' });
  assert.deepEqual(rejected, ['nobody@petrel.test']);
  await assert.rejects(transport.sendMail({ from: FROM, to: 'nobody@petrel.test', subject: 'For none', text: 'None.' }), (error) => error.responseCode === 550);
});

conforms('smtp: forty mails over five connections at once all arrive', async () => {
  const pool = nodemailer.createTransport({ pool: true, maxConnections: 5, host: '127.0.0.1', port: sandbox.smtpPort, secure: false, ignoreTLS: true });
  await Promise.all(Array.from({ length: 40 }, (_, at) => pool.sendMail({ from: FROM, to: GRACE, subject: `Many ${at}`, text: 'x' })));
  pool.close();
  const there = (await sandbox.folders(GRACE)).flatMap(({ messages }) => messages).filter(({ subject }) => /^Many \d+$/.test(subject ?? ''));
  assert.equal(new Set(there.map(({ subject }) => subject)).size, 40);
});

const swaks = spawnSync('swaks', ['--version']).error ? 'swaks is not installed' : false;
test('smtp: swaks delivers, with an attachment', { skip: swaks }, async () => {
  const { status, stdout } = spawnSync('swaks', ['--server', `127.0.0.1:${sandbox.smtpPort}`, '--from', 'mira@harbor.example', '--to', ADA, '--h-Subject', 'By swaks', '--body', 'From the shell.', '--attach', '@/etc/hostname'], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.match((await arrived('By swaks')).body.content, /From the shell\./);
});
