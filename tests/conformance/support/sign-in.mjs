// The sign-in page, pressed over HTTP as a browser without scripts would: cookies kept, forms posted, redirects read.
import assert from 'node:assert/strict';

export class Visitor {
  #cookies = new Map();

  /** One request; redirects are not followed. */
  async ask(url, { method = 'GET', body } = {}) {
    const response = await fetch(url, {
      method,
      body,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        ...(this.#cookies.size > 0 ? { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
        ...(body ? { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(url).origin } : {}),
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      if (/max-age=0\b/i.test(line)) this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return { status: response.status, location: response.headers.get('location'), html: await response.text(), url };
  }

  /** Goes to an authorize address and presses the buttons a willing person presses; the address it leads back to. */
  async signIn(authorizeUrl, account, back) {
    let page = await this.ask(authorizeUrl);
    for (let steps = 0; steps < 8; steps += 1) {
      if (page.location) {
        const next = new URL(page.location, page.url);
        if (next.origin === new URL(back).origin) return next;
        page = await this.ask(next.href);
      } else {
        assert.equal(page.status, 200, page.html.replace(/<style[^]*?<\/style>/, '').slice(0, 800));
        page = await this.#press(page, account);
      }
    }
    return assert.fail('the sign-in leads nowhere');
  }

  #press(page, account) {
    const forms = [...page.html.matchAll(/<form\b([^>]*)>([^]*?)<\/form>/g)];
    const wanted = forms.find(([, , inner]) => inner.includes(`data-account="${account}"`)) ?? forms[0];
    assert.ok(wanted, `a page without a form: ${page.html.slice(-500)}`);
    const [, attributes, inner] = wanted;
    const fields = new URLSearchParams([...inner.matchAll(/<input\b[^>]*>/g)].map(([tag]) => [attribute(tag, 'name'), attribute(tag, 'value')]).filter(([name]) => name));
    const buttons = [...inner.matchAll(/<button\b[^>]*>/g)].map(([tag]) => tag);
    const button = buttons.find((tag) => attribute(tag, 'data-account') === account) ?? buttons.find((tag) => !/cancel|decline|another/i.test(tag));
    assert.ok(button, `a form without a button to go on: ${inner}`);
    if (attribute(button, 'name')) fields.set(attribute(button, 'name'), attribute(button, 'value'));
    const action = new URL(attribute(`<form ${attributes}>`, 'action') || page.url, page.url);
    return this.ask(action.href, { method: 'POST', body: fields.toString() });
  }
}

function attribute(tag, name) {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  return value.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
