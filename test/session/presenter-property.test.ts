import test from 'ava';
import fc from 'fast-check';
import { formatIp } from '../../src/address/ip.ts';
import type { Presentation, PresentationPlan } from '../../src/plan/plan.ts';
import { type Client, headerlessClient } from '../../src/session/client.ts';
import { Presenter } from '../../src/session/presenter.ts';
import type { TlvDescription } from '../../src/wire/format-header.ts';
import { destinationOf, sourceOf } from '../../src/wire/header-address.ts';
import { readTlvs, TLV } from '../../src/wire/tlv.ts';
import { concat, headerOf, v2 } from './headers.ts';
import { PEER_6, plan, present } from './presenter-setup.ts';

const value = fc.uint8Array({ maxLength: 300 });
const tlv = fc.record({ type: fc.integer({ min: 0, max: 255 }), value });

function incoming(tlvs: readonly TlvDescription[]) {
  return tlvs
    .filter(({ type }) => type !== TLV.CRC32C)
    .map((each) => ({ ...each, value: each.type === TLV.UNIQUE_ID ? each.value.slice(0, 128) : each.value }));
}

test('whatever the plan and the client, the parser reads back the client and the TLVs that the plan says', (t) => {
  const parts = fc.record({
    form: fc.constantFrom<Presentation>('none', 'v1', 'v2'),
    pass: fc.oneof(
      fc.constant('all' as const),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 }),
    ),
    // The configuration allows no fixed TLV that we make ourselves.
    add: fc.array(
      tlv.filter(({ type }) => type !== TLV.CRC32C && type !== TLV.UNIQUE_ID),
      { maxLength: 4 },
    ),
    crc32c: fc.boolean(),
    uniqueId: fc.boolean(),
  });
  const ip = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  const end = fc.record({ ip, port: fc.integer({ min: 0, max: 65_535 }) });
  const ends = fc.option(fc.tuple(end, end));
  const id = fc.uint8Array({ minLength: 1, maxLength: 128 });
  fc.assert(
    fc.property(
      parts,
      ends,
      fc.option(fc.array(tlv, { maxLength: 8 })),
      id,
      (asked, addresses, tlvs, own) => {
        const [source, destination] = addresses ?? [null, null];
        const came = tlvs === null ? null : v2({ tlvs: incoming(tlvs), crc32c: true });
        const facts = came === null ? null : headerOf(came);
        const client: Client = { source, destination, local: false, header: came ? 2 : 0, facts };
        const bytes = present(asked, client, () => own) as Uint8Array;
        if (asked.form === 'none') {
          t.is(bytes.length, 0);
          return;
        }
        const header = headerOf(bytes);
        const both4 = source?.ip.length === 4 && destination?.ip.length === 4;
        const text = (one: typeof source) =>
          one && { address: both4 ? formatIp(one.ip) : formatIp(widened(one.ip)), port: one.port };
        t.deepEqual([sourceOf(header), destinationOf(header)], [text(source), text(destination)]);
        t.is(header.version, asked.form === 'v1' ? 1 : 2);
        if (asked.form === 'v1') return;
        const theirs = tlvs === null ? [] : incoming(tlvs);
        const inherited = theirs.find(({ type }) => type === TLV.UNIQUE_ID)?.value;
        const expected = [
          ...theirs.filter(({ type }) => {
            if (type === TLV.NOOP || (type === TLV.UNIQUE_ID && asked.uniqueId)) return false;
            if (asked.add.some((added) => added.type === type)) return false;
            return asked.pass === 'all' || asked.pass.includes(type);
          }),
          ...asked.add,
          ...(asked.uniqueId ? [{ type: TLV.UNIQUE_ID, value: inherited ?? own }] : []),
        ];
        const written = readTlvs(header).map((each) => [each.type, ...each.value]);
        if (asked.crc32c) t.is(written.pop()![0], TLV.CRC32C);
        t.deepEqual(
          written,
          expected.map((each) => [each.type, ...Buffer.from(each.value)]),
        );
      },
    ),
    { numRuns: 500 },
  );
});

function widened(ip: Uint8Array): Uint8Array {
  return ip.length === 16 ? ip : concat(new Uint8Array(10), Uint8Array.of(0xff, 0xff), ip);
}

test('maxBytes of a presenter that passes on no TLVs is the size of its longest header', (t) => {
  const longest = headerlessClient(PEER_6, PEER_6);
  const add = [{ type: 0xe4, value: new Uint8Array(40) }];
  const id = () => new Uint8Array(128).fill(1);
  const rows: Partial<PresentationPlan>[] = [
    {},
    { add },
    { add, crc32c: true },
    { add, crc32c: true, uniqueId: true },
  ];
  for (const parts of rows) {
    t.is((present(parts, longest, id) as Uint8Array).length, new Presenter(plan(parts)).maxBytes);
  }
  t.is(new Presenter(plan({ form: 'none' })).maxBytes, 0);
  t.is(new Presenter(plan({ form: 'v1' })).maxBytes, 107);
  t.is(new Presenter(plan({ pass: 'all' })).maxBytes, 65_551);
});
