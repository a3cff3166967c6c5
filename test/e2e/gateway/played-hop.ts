import { createServer, type Socket } from 'node:net';
import { readEndpointTlv } from '../../../src/wire/endpoint-tlv.ts';
import { parseHeader, sourceOf } from '../../../src/wire/index.ts';
import type { Owner } from '../../helpers/peer-owner.ts';

const ACKNOWLEDGED = Uint8Array.of(0x06);

/**
 * A Herald of another node, as far as one that hands over a session can tell: it acknowledges the endpoint, and answers what comes
 * first as a pod does, `10.1.0.2 saw 10.9.0.1`, with both addresses from the header. Later bytes it sends back.
 */
export async function playHop(owner: Owner, host: string, port: number): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    let line = '';
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      if (line !== '') return;
      bytes = Buffer.concat([bytes, chunk]);
      const parsed = parseHeader(bytes, { expect: 'v2' });
      if (parsed.status !== 'header') return;
      const named = readEndpointTlv(parsed.header);
      const source = sourceOf(parsed.header);
      if (typeof named === 'string' || source === null || !('address' in source))
        return void socket.destroy();
      line = `${named.ip.join('.')} saw ${source.address}\n`;
      socket.write(ACKNOWLEDGED);
      socket.once('data', () => {
        socket.write(line);
        socket.on('data', (more) => socket.write(more));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  owner.teardown(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
}
