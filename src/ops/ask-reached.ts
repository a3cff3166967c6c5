import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { formatIp, parseIp } from '../address/ip.ts';
import { formatSocketAddress, parseAddress } from '../address/socket-address.ts';
import { unmapped } from '../address/v4-mapped.ts';
import type { ConnectionLookup } from './reached.ts';

interface Target {
  readonly address: string;
  readonly port: number;
  /** The metrics address of the instance behind it; null: it is this one. */
  readonly askAt: string | null;
}

interface Dial {
  readonly localAddress: string;
  readonly localPort: number;
  readonly isOpen: boolean;
  close(): void;
}

/** Connects, and neither sends nor ends. Null if it cannot within the time. */
export function dialReach({ address, port }: Target, timeoutMs: number): Promise<Dial | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, allowHalfOpen: true });
    let isOpen = true;
    const fail = () => {
      isOpen = false;
      socket.destroy();
      resolve(null);
    };
    socket.setTimeout(timeoutMs, () => {
      if (socket.connecting) fail();
    });
    // An endpoint that ends at once changes nothing: as long as this side is open, both machines have the connection.
    socket.resume();
    socket.on('error', fail).on('close', fail);
    socket.on('connect', () => {
      const { localAddress, localPort } = socket;
      if (localAddress === undefined || localPort === undefined) return fail();
      resolve({
        ...{ localAddress, localPort },
        get isOpen() {
          return isOpen;
        },
        close: () => close(socket),
      });
    });
  });
}

function close(socket: Socket): void {
  socket.removeAllListeners('close');
  socket.destroy();
}

/**
 * Whether the connection has arrived at the instance that it should reach: asked there by `/reached`, or looked up here if it is
 * this one. Null: nobody can tell.
 */
export async function askReached(
  target: Target,
  dial: Dial,
  timeoutMs: number,
  lookUp: ConnectionLookup,
): Promise<boolean | null> {
  const ip = parseIp(dial.localAddress);
  const address = parseIp(target.address);
  if (ip === undefined || address === undefined) return null;
  const own = { localIp: unmapped(ip), localPort: dial.localPort };
  if (target.askAt !== null) return askAt(target.askAt, target, dial, timeoutMs);
  const there = { localIp: unmapped(address), localPort: target.port };
  // A kernel that does not know our end knows no other one.
  if (lookUp({ ...own, peerIp: there.localIp, peerPort: there.localPort }) !== true) return null;
  return lookUp({ ...there, peerIp: own.localIp, peerPort: own.localPort });
}

function askAt(asked: string, target: Target, dial: Dial, timeoutMs: number): Promise<boolean | null> {
  const at = parseAddress(asked);
  if (!('kind' in at) || at.kind !== 'tcp' || at.ip === null) return Promise.resolve(null);
  const host = formatIp(at.ip);
  const from = formatSocketAddress(parseIp(dial.localAddress)!, dial.localPort);
  const query = new URLSearchParams({ port: `${target.port}`, from, address: target.address });
  return new Promise((resolve) => {
    const sent = request({
      ...{ host, port: at.port, path: `/reached?${query}`, agent: false, timeout: timeoutMs },
      // It is known there by the address that it was dialed from.
      localAddress: dial.localAddress,
    });
    const timer = setTimeout(() => sent.destroy(), timeoutMs);
    sent.on('response', (response) => {
      resolve(response.statusCode === 200 ? true : response.statusCode === 404 ? false : null);
      sent.destroy();
    });
    sent.on('error', () => resolve(null));
    sent.on('close', () => {
      clearTimeout(timer);
      resolve(null);
    });
    sent.end();
  });
}
