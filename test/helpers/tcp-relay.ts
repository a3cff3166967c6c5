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
  /** The same for the connections that are open; later ones are relayed. */
  freezeOpen(): void;
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
  const frozen = new Set<Socket>();
  let resets = 0;
  const isHeld = (socket: Socket) => isFrozen || frozen.has(socket);
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
        if (!isHeld(from)) other.write(chunk);
      });
      from.on('end', () => !isHeld(from) && other.end());
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (!isHeld(from)) end();
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
    freezeOpen() {
      for (const socket of sockets) frozen.add(socket);
    },
    left: () => conditions.until(() => clients.size === 0),
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
