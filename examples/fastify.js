// Fastify: `request.ip` is the client, without the option `trustProxy`, which is for X-Forwarded-For.
import Fastify from 'fastify';
import { acceptProxyProtocol } from 'herald-proxy/accept';

const { PORT = '8080', TRUST = '127.0.0.1', HOST = '127.0.0.1' } = process.env;

const fastify = Fastify();
fastify.get('/', async (request) => ({ client: request.ip }));

// Before listen(). With the host `localhost` Fastify makes a server for each of its addresses, and
// `fastify.server` is only the first: name one address, 0.0.0.0 or ::.
acceptProxyProtocol(fastify.server, { trust: TRUST.split(',') });
await fastify.listen({ port: Number(PORT), host: HOST });
console.log(`listening on ${fastify.server.address().port}`);
