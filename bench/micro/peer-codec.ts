import type * as ProxyProtocolJs from 'proxy-protocol-js';
import { parseIp } from '../../src/address/ip.ts';
import type { Client } from './clients.ts';
import type { Round } from './herald-codec.ts';

type Peer = typeof ProxyProtocolJs;

/** The same work by proxy-protocol-js. Its objects are made in advance: only `build` and `parse` are measured. */
export interface PeerCodec {
  readonly roundOfBuildV2: (clients: readonly Client[]) => Round;
  readonly roundOfBuildV1: (clients: readonly Client[]) => Round;
  readonly roundOfParseV2: (headers: readonly Uint8Array[]) => Round;
  readonly roundOfParseV1: (headers: readonly Uint8Array[]) => Round;
}

export function createPeerCodec(peer: Peer): PeerCodec {
  return {
    roundOfBuildV2: (clients) => {
      const all = clients.map((client) => describeV2(peer, client));
      return () => {
        let sum = 0;
        for (let i = 0; i < all.length; i++) {
          const bytes = all[i]!.build();
          sum += bytes.length + bytes[16]! + bytes[bytes.length - 1]!;
        }
        return sum;
      };
    },
    roundOfBuildV1: (clients) => {
      const all = clients.map((client) => describeV1(peer, client));
      return () => {
        let sum = 0;
        for (let i = 0; i < all.length; i++) {
          const bytes = all[i]!.build();
          sum += bytes.length + bytes[16]! + bytes[bytes.length - 3]!;
        }
        return sum;
      };
    },
    roundOfParseV2: (headers) => () => {
      let sum = 0;
      for (let i = 0; i < headers.length; i++) {
        const address = peer.V2ProxyProtocol.parse(headers[i]!)
          .proxyAddress as ProxyProtocolJs.IPv4ProxyAddress;
        sum += address.sourcePort + address.destinationPort + address.sourceAddress.address[3];
      }
      return sum;
    },
    roundOfParseV1: (headers) => () => {
      let sum = 0;
      for (let i = 0; i < headers.length; i++) {
        const { source, destination } = peer.V1BinaryProxyProtocol.parse(headers[i]!);
        sum += source.port + destination.port + source.ipAddress.length;
      }
      return sum;
    },
  };
}

function describeV2(peer: Peer, { source, destination }: Client): ProxyProtocolJs.V2ProxyProtocol {
  const from = [...parseIp(source.address)!];
  const to = [...parseIp(destination.address)!];
  const address =
    from.length === 4
      ? new peer.IPv4ProxyAddress(
          peer.IPv4Address.createFrom(from as never),
          source.port,
          peer.IPv4Address.createFrom(to as never),
          destination.port,
        )
      : new peer.IPv6ProxyAddress(
          peer.IPv6Address.createFrom(from as never),
          source.port,
          peer.IPv6Address.createFrom(to as never),
          destination.port,
        );
  return new peer.V2ProxyProtocol(peer.Command.PROXY, peer.TransportProtocol.STREAM, address);
}

function describeV1(peer: Peer, { source, destination }: Client): ProxyProtocolJs.V1BinaryProxyProtocol {
  const protocol = source.address.includes(':') ? peer.INETProtocol.TCP6 : peer.INETProtocol.TCP4;
  return new peer.V1BinaryProxyProtocol(
    protocol,
    new peer.Peer(source.address, source.port),
    new peer.Peer(destination.address, destination.port),
  );
}
