// node:https: the PROXY header comes before the TLS handshake, in clear text.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { acceptProxyProtocol } from 'herald-proxy/accept';

const { PORT = '8443', TRUST = '127.0.0.1', CERT = 'tls.crt', KEY = 'tls.key' } = process.env;

const server = createServer({ cert: readFileSync(CERT), key: readFileSync(KEY) }, (request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ client: request.socket.remoteAddress }));
});
acceptProxyProtocol(server, { trust: TRUST.split(',') });
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
