import test from 'ava';
import fc from 'fast-check';
import { formatIp } from '../../src/address/ip.ts';
import { unmapped } from '../../src/address/v4-mapped.ts';
import { type Address, type Client, clientOf } from '../../src/session/client.ts';
import { writeHopHeader } from '../../src/session/hop-header.ts';
import { readEndpointTlv } from '../../src/wire/endpoint-tlv.ts';
import { readTlvs, TLV } from '../../src/wire/tlv.ts';
import { headerOf, v2 } from './headers.ts';

const ip = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.ipV4().map((text) => Uint8Array.from([...Buffer.alloc(10), 255, 255, ...text.split('.').map(Number)])),
);
const address = fc.record({ ip, port: fc.nat(65_535) });

const plain = { local: false, header: 0, facts: null } as const;
const textOf = (at: Address | null) => at && `${formatIp(unmapped(at.ip))} ${at.port}`;

function written(client: Client, endpoint: Address): Uint8Array {
  const target = Buffer.alloc(100, 0xaa);
  const length = writeHopHeader(target, 3, client, endpoint);
  if (target.subarray(3 + length).some((byte) => byte !== 0xaa)) throw new Error('written beyond its end');
  return target.subarray(3, 3 + length);
}

test('the hop reads the client, where it came to, and the endpoint, in any mixture of families', (t) => {
  fc.assert(
    fc.property(address, fc.option(address), address, (source, destination, endpoint) => {
      const header = headerOf(written({ source, destination, ...plain }, endpoint));
      const client = clientOf(header, null, null);
      t.is(textOf(client.source), textOf(source));
      t.is(client.source!.ip.length, unmapped(source.ip).length);
      const unknown = { ip: new Uint8Array(source.ip.length), port: 0 };
      t.is(textOf(client.destination), textOf(destination ?? unknown));
      const named = readEndpointTlv(header);
      t.is(typeof named === 'string' ? named : textOf(named), textOf(endpoint));
      t.false(client.local);
    }),
  );
});

test('nothing of the header that the client came with is passed on', (t) => {
  const received = headerOf(v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'example.org' }], crc32c: true }));
  const client = clientOf(received, null, null);
  const sent = headerOf(written(client, { ip: Uint8Array.of(10, 1, 0, 5), port: 80 }));
  t.deepEqual(
    readTlvs(sent).map(({ type }) => type),
    [TLV.HERALD_ENDPOINT],
  );
});

test('a proxy that speaks for itself is announced by its address, and a client without one by none', (t) => {
  const endpoint = { ip: Uint8Array.of(10, 1, 0, 5), port: 80 };
  const peer = { ip: Uint8Array.of(10, 0, 0, 1), port: 1111 };
  const local = clientOf(headerOf(v2({ command: 'LOCAL' })), peer, null);
  const sent = headerOf(written(local, endpoint));
  t.is(sent.command, 'PROXY');
  t.is(textOf(clientOf(sent, null, null).source), '10.0.0.1 1111');
  const unix = headerOf(written({ source: null, destination: null, ...plain }, endpoint));
  t.like(unix, { command: 'PROXY', family: 'UNSPEC', addressAt: -1 });
  t.not(readEndpointTlv(unix), 'absent');
});
