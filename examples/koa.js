// Koa: `context.ip` is the client, without the setting `proxy`, which is for X-Forwarded-For.
import { acceptProxyProtocol } from 'herald-proxy/accept';
import Koa from 'koa';

const { PORT = '8080', TRUST = '127.0.0.1' } = process.env;

const app = new Koa();
app.use((context) => {
  context.body = { client: context.ip };
});

const server = app.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
acceptProxyProtocol(server, { trust: TRUST.split(',') });
