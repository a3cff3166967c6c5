// Express: `request.ip` is the client, without the setting `trust proxy`, which is for X-Forwarded-For.
import express from 'express';
import { acceptProxyProtocol } from 'herald-proxy/accept';

const { PORT = '8080', TRUST = '127.0.0.1' } = process.env;

const app = express();
app.get('/', (request, response) => {
  response.json({ client: request.ip });
});

const server = app.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
// In the same turn as listen(): no client can come between the two.
acceptProxyProtocol(server, { trust: TRUST.split(',') });
