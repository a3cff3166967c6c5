import test from 'ava';
import type { Presentation } from '../../src/plan/plan.ts';
import { headerlessClient } from '../../src/session/client.ts';
import { Presenter } from '../../src/session/presenter.ts';
import { TLV } from '../../src/wire/tlv.ts';
import { DESTINATION_6, latin, rawV2, SOURCE_6, UNIX_DESTINATION, UNIX_SOURCE, v1, v2 } from './headers.ts';
import {
  LOCAL,
  NAMED_6_V1,
  NAMED_6_V2,
  NAMED_V1,
  NAMED_V2,
  NOBODY,
  NOBODY_V1,
  OWN_V1,
  OWN_V2,
  of,
  PEER,
  PEER_6,
  plan,
  present,
  read,
} from './presenter-setup.ts';

const CLIENTS = [
  { name: 'a headerless client', client: headerlessClient(PEER, LOCAL), line: OWN_V1, header: OWN_V2 },
  {
    name: 'a headerless client over IPv6',
    client: headerlessClient(PEER_6, { ...PEER_6, port: 4444 }),
    line: 'PROXY TCP6 2001:db8::aa 2001:db8::aa 3333 4444\r\n',
    header: {
      command: 'PROXY',
      family: 'INET6',
      source: { address: '2001:db8::aa', port: 3333 },
      destination: { address: '2001:db8::aa', port: 4444 },
    },
  },
  {
    name: 'a client of IPv6 at a destination of IPv4',
    client: headerlessClient(PEER_6, LOCAL),
    line: 'PROXY TCP6 2001:db8::aa ::ffff:a00:2 3333 2222\r\n',
    header: {
      command: 'PROXY',
      family: 'INET6',
      source: { address: '2001:db8::aa', port: 3333 },
      destination: { address: '::ffff:a00:2', port: 2222 },
    },
  },
  {
    name: 'a client of IPv4 at a destination of IPv6',
    client: headerlessClient(PEER, PEER_6),
    line: 'PROXY TCP6 ::ffff:a00:1 2001:db8::aa 1111 3333\r\n',
    header: {
      command: 'PROXY',
      family: 'INET6',
      source: { address: '::ffff:a00:1', port: 1111 },
      destination: { address: '2001:db8::aa', port: 3333 },
    },
  },
  {
    name: 'a client of a unix socket',
    client: headerlessClient(null, null),
    line: NOBODY_V1,
    header: NOBODY,
  },
  { name: 'a client that v1 named', client: of(v1()), line: NAMED_V1, header: NAMED_V2 },
  {
    name: 'a client that v1 named over IPv6',
    client: of(v1(SOURCE_6, DESTINATION_6)),
    line: NAMED_6_V1,
    header: NAMED_6_V2,
  },
  { name: 'a client that v2 named', client: of(v2()), line: NAMED_V1, header: NAMED_V2 },
  {
    name: 'a client that v2 named to us over a unix socket',
    client: of(v2(), null),
    line: NAMED_V1,
    header: NAMED_V2,
  },
  {
    name: 'a client that v2 named over IPv6',
    client: of(v2({ source: SOURCE_6, destination: DESTINATION_6 })),
    line: NAMED_6_V1,
    header: NAMED_6_V2,
  },
  {
    name: 'a client that v2 named by a v4-mapped address',
    client: of(
      v2({
        source: { address: '::ffff:203.0.113.7', port: 51_234 },
        destination: { address: '::ffff:198.51.100.9', port: 443 },
      }),
    ),
    line: NAMED_V1,
    header: NAMED_V2,
  },
  {
    name: 'LOCAL',
    client: of(v2({ command: 'LOCAL' })),
    line: NOBODY_V1,
    header: { ...NOBODY, command: 'LOCAL' },
  },
  {
    name: 'LOCAL with addresses',
    client: of(rawV2(0x20, 0x11, new Uint8Array(12).fill(9))),
    line: NOBODY_V1,
    header: { ...NOBODY, command: 'LOCAL' },
  },
  { name: 'a client that v1 called UNKNOWN', client: of(latin(NOBODY_V1)), line: OWN_V1, header: OWN_V2 },
  {
    name: 'a client that v1 called UNKNOWN to us over a unix socket',
    client: of(latin(NOBODY_V1), null),
    line: NOBODY_V1,
    header: NOBODY,
  },
  { name: 'a client that v2 called UNSPEC', client: of(rawV2(0x21, 0)), line: OWN_V1, header: OWN_V2 },
  {
    name: 'a client that v2 named by unix paths',
    client: of(v2({ source: UNIX_SOURCE, destination: UNIX_DESTINATION })),
    line: OWN_V1,
    header: OWN_V2,
  },
  { name: 'a client of datagrams', client: of(v2({ transport: 'DGRAM' })), line: OWN_V1, header: OWN_V2 },
] as const;

for (const { name, client, line, header } of CLIENTS) {
  test(`${name} is presented as v1 by the right line, as v2 by the right header, and as none by no bytes`, (t) => {
    t.is(Buffer.from(present({ form: 'v1' }, client) as Uint8Array).toString('latin1'), line);
    t.like(read({ form: 'v2' }, client), { version: 2, tlvs: [], ...header });
    t.deepEqual(present({ form: 'none' }, client), new Uint8Array(0));
  });
}

test('rule 32: LOCAL goes out with length 0, and so does a client without an address', (t) => {
  for (const client of [of(v2({ command: 'LOCAL' })), headerlessClient(null, null)]) {
    const bytes = present({}, client) as Uint8Array;
    t.deepEqual([...bytes.subarray(14)], [0, 0]);
  }
});

test('v1 and none carry no TLVs, whatever is asked for', (t) => {
  const all = {
    pass: 'all',
    add: [{ type: 0xe4, value: latin('x') }],
    crc32c: true,
    uniqueId: true,
  } as const;
  const client = of(v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'a' }] }));
  t.is(Buffer.from(present({ ...all, form: 'v1' }, client) as Uint8Array).toString(), NAMED_V1);
  t.is((present({ ...all, form: 'none' }, client) as Uint8Array).length, 0);
});

test('the forms without a header send nothing before the first bytes of the client', (t) => {
  const silent = (form: Presentation) => new Presenter(plan({ form })).silent;
  const forms = ['none', 'transparent', 'v1', 'v2'] as const;
  t.deepEqual(forms.map(silent), [true, true, false, false]);
});
