import { connect } from 'node:net';
import type { ExecutionContext } from 'ava';
import { type Clock, realClock } from '../../src/observe/clock.ts';
import { createServiceHealthServer, type ServiceHealth } from '../../src/ops/service-health.ts';

export const WEB: ServiceHealth = { namespace: 'demo', name: 'web', endpoints: 1 };

export async function start(
  t: ExecutionContext,
  services: readonly ServiceHealth[] = [WEB],
  serving = true,
  clock: Clock = realClock,
  isShared = false,
) {
  const server = createServiceHealthServer({
    address: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 },
    state: { services: () => services, serving: () => serving, isShared },
    clock,
  });
  const address = await server.start();
  t.teardown(() => server.stop());
  const port = address.kind === 'tcp' ? address.port : 0;
  /** All that comes back for these bytes, once the other side has ended. */
  const say = (...parts: readonly (string | Uint8Array)[]) =>
    new Promise<string>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(port, '127.0.0.1', () => {
        for (const part of parts) socket.write(part);
      });
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => socket.end());
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
      socket.on('error', reject);
    });
  return { port, say, stop: () => server.stop() };
}

/** The last request of a connection, so that its end is the end of the answer. */
export const GET = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
export const status = (text: string) => text.split('\r\n', 1)[0];
