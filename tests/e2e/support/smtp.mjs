// The smallest mail program there is: one message over one connection.
import net from 'node:net';

/** Resolves to the time (ms since 1970) just before the end of the message was sent; fails on any refusal. */
export function deliverBySmtp(port, from, to, message) {
  return new Promise((done, fail) => {
    const socket = net.connect(port, '127.0.0.1');
    const body = message.replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..');
    let sentAt = 0;
    const dialogue = [
      ['220', 'EHLO tests.petrel.test\r\n'],
      ['250', `MAIL FROM:<${from}>\r\n`],
      ['250', `RCPT TO:<${to}>\r\n`],
      ['250', 'DATA\r\n'],
      ['354', () => { sentAt = Date.now(); return `${body}\r\n.\r\n`; }],
      ['250', 'QUIT\r\n'],
    ];
    let heard = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error('SMTP: no answer for 10 s')));
    socket.on('error', fail);
    socket.on('data', (bytes) => {
      heard += bytes;
      // An answer is complete with a line whose code is followed by a space.
      for (let match; (match = /^(?:\d{3}-.*\r\n)*(\d{3}) .*\r\n/.exec(heard));) {
        heard = heard.slice(match[0].length);
        const next = dialogue.shift();
        if (!next) { socket.end(); done(sentAt); return; }
        const [code, words] = next;
        if (match[1] !== code) { socket.destroy(); fail(new Error(`SMTP: ${match[0].trim()} instead of ${code}`)); return; }
        socket.write(typeof words === 'function' ? words() : words);
      }
    });
    socket.on('close', () => (dialogue.length === 0 ? done(sentAt) : fail(new Error('SMTP: connection closed early'))));
  });
}
