import {
  Command,
  INETProtocol,
  IPv4Address,
  IPv4ProxyAddress,
  IPv6Address,
  IPv6ProxyAddress,
  Peer,
  TransportProtocol,
  V1BinaryProxyProtocol,
  V2ProxyProtocol,
} from 'proxy-protocol-js';
import { formatIp } from '../address/ip.ts';
import type { PlayedClient } from './played-clients.ts';

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/**
 * A PROXY header, written by a codec that shares nothing with ours: a run never checks our codec with itself.
 * Where the families differ both are written as IPv6, the IPv4 one v4-mapped, for a header has one family.
 */
export function writeHeader(
  version: 'v1' | 'v2',
  source: PlayedClient,
  destination: PlayedClient,
): Uint8Array {
  const isV4 = source.ip.length === 4 && destination.ip.length === 4;
  const from = isV4 ? source.ip : wide(source.ip);
  const to = isV4 ? destination.ip : wide(destination.ip);
  if (version === 'v1') {
    const header = new V1BinaryProxyProtocol(
      isV4 ? INETProtocol.TCP4 : INETProtocol.TCP6,
      new Peer(formatIp(from), source.port),
      new Peer(formatIp(to), destination.port),
    );
    return new Uint8Array(header.build());
  }
  // Its types are tuples of 4 or of 16 numbers, which a spread can't tell the compiler.
  const [f, t] = [[...from], [...to]] as [never, never];
  const address = isV4
    ? new IPv4ProxyAddress(
        IPv4Address.createFrom(f),
        source.port,
        IPv4Address.createFrom(t),
        destination.port,
      )
    : new IPv6ProxyAddress(
        IPv6Address.createFrom(f),
        source.port,
        IPv6Address.createFrom(t),
        destination.port,
      );
  return new V2ProxyProtocol(Command.PROXY, TransportProtocol.STREAM, address).build();
}

function wide(ip: Uint8Array): Uint8Array {
  return ip.length === 16 ? ip : Uint8Array.of(...MAPPED, ...ip);
}
