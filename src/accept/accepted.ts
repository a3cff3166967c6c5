import type { Socket } from 'node:net';
import { clientOf } from '../session/client.ts';
import type { Header } from '../wire/header.ts';
import { describeHeader, type ProxyAddress, type ProxyHeader, proxyAddress } from './proxy-header.ts';

/** What was decided of a socket. `source` and `destination` are null where it keeps the connection's own. */
export interface Accepted {
  readonly source: ProxyAddress | null;
  readonly destination: ProxyAddress | null;
  /** The header's facts, null for a plain client. Made when somebody asks. */
  facts(): ProxyHeader | null;
}

/**
 * A property and not a WeakMap: what http2 shows as `req.socket` is a Proxy that passes properties on, and has
 * another identity.
 */
const ACCEPTED = Symbol('herald.accepted');

/** A decision, from the header (null: a plain client) and its peer. Copies what it keeps of the header's bytes. */
export function createAccepted(header: Header | null, peer: ProxyAddress | null): Accepted {
  if (header === null) return { source: null, destination: null, facts: () => null };
  const { source, destination } = clientOf(header, null, null);
  // Not `slice`: that of a Buffer is a view, and would keep all that came with the header for the socket's life.
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
 * Presents the client on a socket: `remoteAddress`, `remotePort` and `remoteFamily` are the header's source,
 * `localAddress`, `localPort` and `localFamily` its destination, also after the socket has closed.
 * `socket.address()` goes on to say where the connection really ended.
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

/** What was decided of the socket, or of that which an http2 proxy stands for; undefined where nothing was. */
export function acceptedOf(socket: object): Accepted | undefined {
  return Reflect.get(socket, ACCEPTED) as Accepted | undefined;
}

function define(socket: Socket, name: string | symbol, value: unknown, enumerable: boolean): void {
  Object.defineProperty(socket, name, { value, enumerable, configurable: true });
}
