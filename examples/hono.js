// Hono on Node: `getConnInfo` tells the client.
import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { acceptProxyProtocol } from 'herald-proxy/accept';
import { Hono } from 'hono';

const { PORT = '8080', TRUST = '127.0.0.1' } = process.env;

const app = new Hono();
app.get('/', (context) => context.json({ client: getConnInfo(context).remote.address }));

const server = serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) =>
  console.log(`listening on ${port}`),
);
acceptProxyProtocol(server, { trust: TRUST.split(',') });
