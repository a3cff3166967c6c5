import fc from 'fast-check';
import type { HeaderDescription } from '../../src/wire/index.ts';
import { formatHeader } from '../../src/wire/index.ts';

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

const port = fc.integer({ min: 0, max: 65535 });
const inet4 = fc.record({ address: fc.ipV4(), port });
/** Canonical text, written by the URL parser, which shares nothing with ours. */
const inet6 = fc.record({
  address: fc.ipV6().map((address) => new URL(`http://[${address}]`).hostname.slice(1, -1)),
  port,
});
const path = fc.record({
  path: fc
    .string({ unit: 'binary', maxLength: 108 })
    .filter((text) => !text.includes('\0') && Buffer.byteLength(text) <= 108),
});

const tlv = fc.oneof(
  fc.record({
    type: fc.integer({ min: 0, max: 255 }).filter((type) => type !== 3 && type !== 5),
    value: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({ type: fc.constant(5), value: fc.uint8Array({ maxLength: 128 }) }),
);

const extras = { tlvs: fc.array(tlv, { maxLength: 8 }), crc32c: fc.boolean() };

function both<T>(address: fc.Arbitrary<T>): fc.Arbitrary<{ source: T; destination: T }> {
  return fc.record({ source: address, destination: address });
}

const addresses = fc.oneof(both(inet4), both(inet6));

/** A v1 line of one family, or UNKNOWN. */
export const arbitraryV1: fc.Arbitrary<HeaderDescription> = fc.oneof(
  addresses.map((it) => ({ version: 1 as const, ...it })),
  fc.constant({ version: 1 as const }),
);

/** A v2 header of one family, with TLVs and checksum. */
export const arbitraryV2: fc.Arbitrary<HeaderDescription> = fc.oneof(
  fc
    .tuple(
      fc.oneof(addresses, both(path)),
      fc.constantFrom('STREAM' as const, 'DGRAM' as const),
      fc.record(extras),
    )
    .map(([it, transport, extra]) => ({ version: 2 as const, transport, ...it, ...extra })),
  fc
    .tuple(fc.constantFrom('PROXY' as const, 'LOCAL' as const), fc.record(extras))
    .map(([command, extra]) => ({ version: 2 as const, command, ...extra })),
);

export const arbitraryDescription = fc.oneof(arbitraryV1, arbitraryV2);

/** Bytes of a valid header. */
export const arbitraryHeader = arbitraryDescription.map(formatHeader);

/** A valid header with a few bytes changed, inserted or removed, where parsers are most likely to fail. */
export const arbitraryDamage = fc
  .tuple(
    arbitraryHeader,
    fc.array(
      fc.record({
        at: fc.nat(400),
        take: fc.nat(2),
        put: fc.oneof(
          fc.uint8Array({ maxLength: 2 }),
          fc.constantFrom(...['\r', '\n', ' ', '0', ':', '.', '%']).map(Buffer.from),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([header, changes]) =>
    changes.reduce<Uint8Array>((bytes, { at, take, put }) => {
      const place = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + take)]);
    }, header),
  );

/** Everything that a peer may send: headers, damaged ones, and noise after the beginning of a header. */
export const arbitraryBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  arbitraryHeader,
  { weight: 4, arbitrary: arbitraryDamage },
  fc.uint8Array({ maxLength: 300 }),
  fc.uint8Array({ maxLength: 120 }).map((tail) => Buffer.concat([Buffer.from('PROXY '), tail])),
  fc
    .uint8Array({ maxLength: 120 })
    .map((tail) => Buffer.concat([Buffer.from('PROXY UNKNOWN '), tail, Buffer.from('\r\n')])),
  fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([SIGNATURE, tail])),
  fc
    .tuple(fc.constantFrom(0x20, 0x21), fc.nat(255), fc.uint8Array({ maxLength: 300 }))
    .map(([command, family, block]) =>
      Buffer.concat([SIGNATURE, Buffer.from([command, family, 0, block.length]), block]),
    ),
);
