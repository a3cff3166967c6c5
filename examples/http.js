// node:http behind a proxy that sends PROXY headers.
import { createServer } from 'node:http';
import { acceptProxyProtocol, proxyHeaderOf } from 'herald-proxy/accept';

const { PORT = '8080', TRUST = '127.0.0.1' } = process.env;

const server = createServer((request, response) => {
  const header = proxyHeaderOf(request.socket);
  response.setHeader('Content-Type', 'application/json');
  response.end(
    JSON.stringify({ client: request.socket.remoteAddress, proxy: header?.peer?.address ?? null }),
  );
});
acceptProxyProtocol(server, { trust: TRUST.split(',') });
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
