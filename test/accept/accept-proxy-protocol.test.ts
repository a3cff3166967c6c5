import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { acceptProxyProtocol } from '../../src/accept/accept-proxy-protocol.ts';
import { type Delivery, HeadedStream } from './headed-stream.ts';
import { HEADERS } from './headers.ts';
import { listening } from './listening.ts';
import { SERVER_KINDS } from './server-kinds.ts';

const DELIVERIES: readonly Delivery[] = ['together', 'apart', 'by byte'];

for (const kind of SERVER_KINDS) {
  for (const header of HEADERS) {
    for (const delivery of DELIVERIES) {
      test(`${kind.name}: the server sees the client of a ${header.name} header sent ${delivery}`, async (t) => {
        const server = kind.create();
        acceptProxyProtocol(server, { trust: ['127.0.0.0/8'] });
        const port = await listening(t, server);
        const socket = connect(port, '127.0.0.1');
        t.teardown(() => socket.destroy());
        await once(socket, 'connect');
        const seen = await kind.ask(new HeadedStream(socket, header.bytes, delivery));
        t.deepEqual(seen, {
          remote: header.remote,
          local: header.local,
          version: header.version,
          peer: '127.0.0.1',
        });
      });
    }
  }
}
