import type { Socket } from 'node:net';
import { clientOf } from '../session/client.ts';
import type { Header } from '../wire/header.ts';
import { describeHeader, type ProxyAddress, type ProxyHeader, proxyAddress } from './proxy-header.ts';

/** The decision about a socket. `source` and `destination` are null if it keeps the connection's own addresses. */
export interface Accepted {
  readonly source: ProxyAddress | null;
  readonly destination: ProxyAddress | null;
  /** What the header says; null for a client without one. Decoded on the first call. */
  facts(): ProxyHeader | null;
}

/**
 * A property instead of a WeakMap: `req.socket` of http2 is a Proxy, which forwards properties but is another object.
 */
const ACCEPTED = Symbol('herald.accepted');

/** The decision for a header (null: a client without one) from this peer. Copies the bytes that it keeps. */
export function createAccepted(header: Header | null, peer: ProxyAddress | null): Accepted {
  if (header === null) return { source: null, destination: null, facts: () => null };
  const { source, destination } = clientOf(header, null, null);
  // Not `slice`: on a Buffer it is a view, which would keep everything received with the header alive.
  const kept = { ...header, bytes: new Uint8Array(header.bytes.subarray(0, header.tlvEnd)) };
  let described: ProxyHeader | undefined;
  return {
    source: source && proxyAddress(source.ip, source.port),
    destination: destination && proxyAddress(destination.ip, destination.port),
    facts: () => {
      described ??= describeHeader(kept, peer);
      return described;
    },
  };
}

/**
 * Presents the client on a socket: `remoteAddress`, `remotePort` and `remoteFamily` become the header's source,
 * `localAddress`, `localPort` and `localFamily` its destination, and stay so after the socket has closed.
 * `socket.address()` still returns the connection's real local address.
 */
export function present(socket: Socket, accepted: Accepted): void {
  define(socket, ACCEPTED, accepted, false);
  for (const [side, end] of [
    ['remote', accepted.source],
    ['local', accepted.destination],
  ] as const) {
    if (end === null) continue;
    define(socket, `${side}Address`, end.address, true);
    define(socket, `${side}Port`, end.port, true);
    define(socket, `${side}Family`, end.family, true);
  }
}

/** The decision about a socket, or about the one behind an http2 proxy; undefined if there is none. */
export function acceptedOf(socket: object): Accepted | undefined {
  return Reflect.get(socket, ACCEPTED) as Accepted | undefined;
}

function define(socket: Socket, name: string | symbol, value: unknown, enumerable: boolean): void {
  Object.defineProperty(socket, name, { value, enumerable, configurable: true });
}
