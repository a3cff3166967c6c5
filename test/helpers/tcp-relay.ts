import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { DiscoveryClock } from '../../src/discovery/discovery-clock.ts';
import { createConditions } from './conditions.ts';

/** What stands between a client and a server, as balancers and NAT do. */
export interface TcpRelay {
  readonly url: URL;
  /** Connections that it has reset because they were idle. */
  readonly resets: number;
  /** Nothing passes any more, and nobody is told. */
  freeze(): void;
  /** Resolves once no client is connected. */
  left(): Promise<void>;
  close(): void;
}

/** Relays to the host of `to`. A connection over which nothing came for `idleMs` is reset on both sides. */
export async function startTcpRelay(
  to: URL,
  clock: DiscoveryClock,
  idleMs: number = Number.POSITIVE_INFINITY,
): Promise<TcpRelay> {
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const conditions = createConditions();
  let isFrozen = false;
  let resets = 0;
  const server = createServer((near) => {
    clients.add(near);
    near.on('close', () => {
      clients.delete(near);
      conditions.touch();
    });
    const far = connect(Number(to.port), to.hostname);
    let isOver = false;
    let cancel = () => {};
    const end = () => {
      isOver = true;
      cancel();
      for (const each of [near, far]) if (!each.destroyed) each.resetAndDestroy();
    };
    const rest = () => {
      cancel();
      if (isOver || idleMs === Number.POSITIVE_INFINITY) return;
      cancel = clock.after(idleMs, () => {
        resets++;
        end();
      });
    };
    rest();
    for (const [from, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        rest();
        if (!isFrozen) other.write(chunk);
      });
      from.on('end', () => !isFrozen && other.end());
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (!isFrozen) end();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(to);
  url.port = `${(server.address() as AddressInfo).port}`;
  return {
    url,
    get resets() {
      return resets;
    },
    freeze() {
      isFrozen = true;
    },
    left: () => conditions.until(() => clients.size === 0),
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
