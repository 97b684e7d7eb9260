// TLS in front of the sandbox's plain origins, because Microsoft's own clients take no other authority or endpoint.
// It ends the encryption and says every address in its outer form to the client and in its inner form to the sandbox.
import http from 'node:http';
import https from 'node:https';
import selfsigned from 'selfsigned';

/** Fronts for the named origins of a sandbox, such as `['app', 'entra']`: `{app, entra, close}`. */
export async function frontsFor(sandbox, names, { dropPolicyOf = [], hosts = {} } = {}) {
  const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256' });
  const pairs = [];
  const servers = [];
  const fronts = {};
  for (const name of names) {
    const inner = sandbox[name];
    const server = https.createServer({ key, cert }, (request, response) => {
      pass({ request, response, inner, pairs, dropPolicy: dropPolicyOf.includes(name) });
    });
    await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
    const outer = `https://${hosts[name] ?? 'localhost'}:${server.address().port}`;
    pairs.push({ inner, outer });
    servers.push(server);
    fronts[name] = outer;
  }
  const close = () => Promise.all(servers.map((server) => new Promise((done) => { server.close(done); server.closeAllConnections(); })));
  return { ...fronts, close };
}

function said(text, pairs, from, to) {
  let out = text;
  for (const pair of pairs) {
    out = out.replaceAll(pair[from], pair[to]).replaceAll(encodeURIComponent(pair[from]), encodeURIComponent(pair[to]));
  }
  return out;
}

function pass({ request, response, inner, pairs, dropPolicy }) {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const inward = (text) => said(text, pairs, 'outer', 'inner');
    const isText = /json|urlencoded|text/.test(request.headers['content-type'] ?? '');
    const whole = Buffer.concat(parts);
    const body = isText ? Buffer.from(inward(whole.toString('utf8'))) : whole;
    const { host, connection, 'accept-encoding': encoding, 'content-length': length, 'transfer-encoding': transfer, ...headers } = request.headers;
    for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') headers[name] = inward(value);
    if (body.length > 0 || length !== undefined || transfer !== undefined) headers['content-length'] = String(body.length);
    const { hostname, port } = new URL(inner);
    const onward = http.request({ hostname, port, family: 4, method: request.method, path: inward(request.url), headers, agent: false }, (answer) => {
      back(answer, response, pairs, dropPolicy);
    });
    // The sandbox cut the connection, so the client's is cut too.
    onward.on('error', () => response.destroy());
    onward.end(body);
  });
  request.on('error', () => response.destroy());
}

function back(answer, response, pairs, dropPolicy) {
  const outward = (text) => said(text, pairs, 'inner', 'outer');
  const parts = [];
  answer.on('data', (part) => parts.push(part));
  answer.on('error', () => response.destroy());
  answer.on('end', () => {
    const { connection, 'content-length': length, 'transfer-encoding': transfer, ...headers } = answer.headers;
    for (const [name, value] of Object.entries(headers)) headers[name] = Array.isArray(value) ? value.map(outward) : outward(value);
    if (dropPolicy) delete headers['content-security-policy'];
    const whole = Buffer.concat(parts);
    const isText = /json|html|text/.test(answer.headers['content-type'] ?? '');
    const body = isText ? Buffer.from(outward(whole.toString('utf8'))) : whole;
    response.writeHead(answer.statusCode, headers);
    response.end(body);
  });
}
