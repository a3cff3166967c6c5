import { createServer, type Server, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import type { AcceptOptions } from '../../src/accept/accept-options.ts';
import { type AcceptHandle, interceptConnections } from '../../src/accept/intercept-connections.ts';
import { Connection } from '../helpers/connection.ts';
import { listening } from './listening.ts';
import { refusals } from './refusals.ts';
import { seen } from './server-kinds.ts';
import { shortPlan } from './short-plan.ts';

/** Longer than the time-out of a test, so that a test that waits for it fails. */
export const NEVER = 1 << 30;

export interface GuardedServer {
  readonly server: Server;
  readonly handle: AcceptHandle;
  readonly refused: ReturnType<typeof refusals>;
  dial(): Promise<Connection>;
}

/** A server that first sends each connection what it sees of it, and then echoes. */
export async function serve(
  t: ExecutionContext,
  options: Partial<AcceptOptions> & { headerTimeoutMs?: number } = {},
  server: Server = createServer(),
): Promise<GuardedServer> {
  const refused = refusals();
  server.on('connection', (socket: Socket) => {
    socket.write(`${JSON.stringify(seen(socket))}\n`);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  const { headerTimeoutMs = NEVER, ...rest } = options;
  const plan = shortPlan({ onRefused: refused.onRefused, ...rest }, headerTimeoutMs);
  const handle = interceptConnections(server, plan);
  const port = await listening(t, server);
  const dial = async () => {
    const connection = await Connection.to({ port, host: '127.0.0.1' });
    t.teardown(() => connection.destroy());
    return connection;
  };
  return { server, handle, refused, dial };
}

/** What the server reports about a connection. */
export async function readLine(connection: Connection) {
  let line = '';
  while (!line.endsWith('\n')) line += await connection.readText(1);
  return JSON.parse(line);
}

/** The ends of a connection as the server's own socket has them. */
export function own(connection: Connection): { remote: string; local: string } {
  const { localAddress, localPort, remoteAddress, remotePort } = connection.socket;
  return { remote: `IPv4 ${localAddress} ${localPort}`, local: `IPv4 ${remoteAddress} ${remotePort}` };
}
