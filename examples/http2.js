// node:http2 over TLS, for clients of HTTP/1.1 too.
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { acceptProxyProtocol } from 'herald-proxy/accept';

const { PORT = '8443', TRUST = '127.0.0.1', CERT = 'tls.crt', KEY = 'tls.key' } = process.env;

const options = { cert: readFileSync(CERT), key: readFileSync(KEY), allowHTTP1: true };
const server = createSecureServer(options, (request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ client: request.socket.remoteAddress, version: request.httpVersion }));
});
acceptProxyProtocol(server, { trust: TRUST.split(',') });
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
