// proxy-protocol-js shares no code with this codec. It has faults (lengths, TLVs, LOCAL, checks), so it is compared
// only on complete headers of TCP and unix sockets without TLVs, which it handles correctly.

import test from 'ava';
import fc from 'fast-check';
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
import { formatIp, parseIp } from '../../src/address/ip.ts';
import type { InetAddress } from '../../src/wire/index.ts';
import { destinationOf, formatHeader, parseHeader, sourceOf } from '../../src/wire/index.ts';

const port = fc.nat(65535);
const pair = (address: fc.Arbitrary<string>) => {
  const canonical = address.map((text) => formatIp(parseIp(text)!));
  const inet = fc.record({ address: canonical, port });
  return fc.record({ source: inet, destination: inet });
};
const pairs = fc.oneof(pair(fc.ipV4()), pair(fc.ipV6()));

type Pair = { source: InetAddress; destination: InetAddress };

function buildV2({ source, destination }: Pair, transport: TransportProtocol): Uint8Array {
  const [from, to] = [[...parseIp(source.address)!], [...parseIp(destination.address)!]] as [never, never];
  const address = source.address.includes(':')
    ? new IPv6ProxyAddress(
        IPv6Address.createFrom(from),
        source.port,
        IPv6Address.createFrom(to),
        destination.port,
      )
    : new IPv4ProxyAddress(
        IPv4Address.createFrom(from),
        source.port,
        IPv4Address.createFrom(to),
        destination.port,
      );
  return new V2ProxyProtocol(Command.PROXY, transport, address).build();
}

function buildV1({ source, destination }: Pair): Uint8Array {
  const protocol = source.address.includes(':') ? INETProtocol.TCP6 : INETProtocol.TCP4;
  const [from, to] = [new Peer(source.address, source.port), new Peer(destination.address, destination.port)];
  return new Uint8Array(new V1BinaryProxyProtocol(protocol, from, to).build());
}

test('both write the same v2 headers', (t) => {
  fc.assert(
    fc.property(pairs, fc.boolean(), (it, isDatagram) => {
      const [ours, theirs] = isDatagram
        ? (['DGRAM', TransportProtocol.DGRAM] as const)
        : (['STREAM', TransportProtocol.STREAM] as const);
      t.deepEqual(formatHeader({ version: 2, transport: ours, ...it }), buildV2(it, theirs));
    }),
    { numRuns: 1000 },
  );
});

test('both write the same v1 lines', (t) => {
  fc.assert(
    fc.property(pairs, (it) => t.deepEqual(formatHeader({ version: 1, ...it }), buildV1(it))),
    { numRuns: 1000 },
  );
});

test('ours reads what theirs wrote', (t) => {
  fc.assert(
    fc.property(pairs, fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 20 }), (it, version, payload) => {
      const header = version === 1 ? buildV1(it) : buildV2(it, TransportProtocol.STREAM);
      const result = parseHeader(Buffer.concat([header, payload]));
      if (result.status !== 'header') return t.fail(result.status);
      t.is(result.length, header.length);
      return t.deepEqual<object, object>(
        { source: sourceOf(result.header), destination: destinationOf(result.header) },
        it,
      );
    }),
    { numRuns: 1000 },
  );
});

test('theirs reads what ours wrote', (t) => {
  fc.assert(
    fc.property(pairs, fc.uint8Array({ maxLength: 20 }), (it, payload) => {
      const v1 = V1BinaryProxyProtocol.parse(Buffer.concat([formatHeader({ version: 1, ...it }), payload]));
      t.deepEqual([v1.source.ipAddress, v1.source.port], [it.source.address, it.source.port]);
      t.deepEqual(
        [v1.destination.ipAddress, v1.destination.port],
        [it.destination.address, it.destination.port],
      );
      t.deepEqual(new Uint8Array(v1.data ?? []), payload);

      const v2 = V2ProxyProtocol.parse(Buffer.concat([formatHeader({ version: 2, ...it }), payload]));
      const address = v2.proxyAddress as IPv4ProxyAddress | IPv6ProxyAddress;
      t.deepEqual([...address.sourceAddress.address], [...parseIp(it.source.address)!]);
      t.deepEqual([...address.destinationAddress.address], [...parseIp(it.destination.address)!]);
      t.deepEqual([address.sourcePort, address.destinationPort], [it.source.port, it.destination.port]);
      t.deepEqual(new Uint8Array(v2.data ?? []), payload);
    }),
    { numRuns: 1000 },
  );
});
