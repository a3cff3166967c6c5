import { parseIp } from '../../src/address/ip.ts';
import { writeEndpointValue } from '../../src/wire/endpoint-value.ts';
import { TLV } from '../../src/wire/tlv.ts';
import { concat, latin, rawV2, v1, v2 } from '../session/headers.ts';

/**
 * What simulated clients send. Each script is all bytes of one client, with what the world knows of them without asking the code
 * under test: where the header ends, whom it announces, from which byte on the bytes can be no header. The bytes are cut into chunks
 * by chance.
 */
export interface ClientScript {
  readonly bytes: Uint8Array;
  /** Version of the header that the bytes begin with, or begin to begin with; 0: none. */
  readonly version: 0 | 1 | 2;
  /** Bytes of the whole header; 0 if it is not valid, or cut off. */
  readonly headerBytes: number;
  /** How long the header is, or would be. */
  readonly wholeBytes: number;
  /** A header that breaks the specification: refused with one of these bytes at the latest; 0: it does not. */
  readonly invalidBy: number;
  /** So many bytes show that this is no header; 0: they never do. */
  readonly headerlessBy: number;
  readonly announced: AnnouncedClient | null;
}

/** The client that a valid header names. `ip` null: the peer itself. */
export interface AnnouncedClient {
  readonly ip: Uint8Array | null;
  readonly port: number;
  readonly isLocal: boolean;
  /** What the endpoint is called that the header names; absent: it names none. */
  readonly names?: string;
}

/** Bytes of a signature: PROXY, and the twelve of version 2. */
export const SIGNATURE_BYTES = { 1: 5, 2: 12 } as const;

/** A client that is in no range of `ALLOWED_CLIENTS`. */
const OUTSIDER = '198.51.100.200';
/** Ranges that some listeners admit alone. */
export const ALLOWED_CLIENTS = [
  '203.0.113.0/24',
  '10.0.0.0/8',
  '192.168.0.0/16',
  '2001:db8::/32',
  '127.0.0.0/8',
];
/** Clients that no socket of ours may be bound to, for `--present transparent`. */
export const UNPRESENTABLE = ['127.0.0.9', '224.0.0.1'];
/** A v1 header that names this peer and port is its sender's own health check. */
export const SELF_ANNOUNCED = { address: '10.0.0.1', port: 1111 };

const TO = { address: '198.51.100.9', port: 443 };
const TO_6 = { address: '2001:db8:1::9', port: 443 };
const PAYLOADS = [
  '',
  'GET / HTTP/1.1\r\n\r\n',
  'x',
  'PROXY again',
  '\r\n\r\n\0\r\nQUIT\n',
  'a'.repeat(300),
].map(latin);
const SIGNATURES = [latin('PROXY'), latin('\r\n\r\n\0\r\nQUIT\n')];
const NOTHING = {
  version: 0,
  headerBytes: 0,
  wholeBytes: 0,
  invalidBy: 0,
  headerlessBy: 0,
  announced: null,
} as const;

const from = (address: string, port = 51_234) => ({ address, port });
const announced = (address: string, port = 51_234): AnnouncedClient => ({
  ip: parseIp(address)!,
  port,
  isLocal: false,
});

/** A header of another Herald; `address` null: what names the endpoint has another form. */
function naming(source: string, address: string | null, port: number, text: string) {
  const value = new Uint8Array(25);
  const named = { ip: parseIp(address ?? '192.0.2.1')!, port };
  const length = writeEndpointValue(value, 0, named) - (address === null ? 1 : 0);
  const tlvs = [{ type: TLV.HERALD_ENDPOINT, value: value.subarray(0, length) }];
  const destination = source.includes(':') ? TO_6 : TO;
  const who = { ...announced(source), names: text };
  return [v2({ source: from(source), destination, tlvs }), 2, who] as const;
}

const CLIENTS = ['203.0.113.1', '203.0.113.2', '203.0.113.3', OUTSIDER, ...UNPRESENTABLE];
/** A header without addresses: the peer is the client. */
const OWN: AnnouncedClient = { ip: null, port: 0, isLocal: false };
const LOCAL: AnnouncedClient = { ip: null, port: 0, isLocal: true };

const VALID: readonly (readonly [header: Uint8Array, version: 1 | 2, announced: AnnouncedClient])[] = [
  ...CLIENTS.flatMap((ip) => [
    [v1(from(ip), TO), 1, announced(ip)] as const,
    [v2({ source: from(ip), destination: TO }), 2, announced(ip)] as const,
  ]),
  [v1(SELF_ANNOUNCED, TO), 1, announced(SELF_ANNOUNCED.address, SELF_ANNOUNCED.port)],
  [v2({ source: from('2001:db8::7'), destination: TO_6 }), 2, announced('2001:db8::7')],
  [
    v2({ source: from('203.0.113.1'), destination: TO, tlvs: [{ type: 0xe0, value: 'tlv' }], crc32c: true }),
    2,
    announced('203.0.113.1'),
  ],
  [
    v2({ source: from('203.0.113.2'), destination: TO, tlvs: [{ type: 0xe1, value: 'v'.repeat(150) }] }),
    2,
    announced('203.0.113.2'),
  ],
  naming('203.0.113.1', '192.0.2.1', 8001, '192.0.2.1:8001'),
  naming('203.0.113.2', '192.0.2.2', 8002, '192.0.2.2:8002'),
  naming('2001:db8::7', '2001:db8:2::1', 8003, '2001:db8:2::1:8003'),
  naming('203.0.113.3', '2001:db8:2::1', 8003, '2001:db8:2::1:8003'),
  naming('203.0.113.1', '192.0.2.1', 8002, '192.0.2.1:8002'),
  naming('203.0.113.2', null, 8001, 'malformed'),
  [latin('PROXY UNKNOWN\r\n'), 1, OWN],
  [v2({ command: 'LOCAL' }), 2, LOCAL],
  [v2({ command: 'LOCAL' }), 2, LOCAL],
];

const INVALID: readonly (readonly [bytes: Uint8Array, version: 1 | 2])[] = [
  [latin('PROXY TCP9 1.1.1.1 2.2.2.2 1 2\r\n'), 1],
  [latin('PROXY TCP4 1.1.1.1 2.2.2.2 1 99999\r\n'), 1],
  [latin(`PROXY TCP4 ${'1'.repeat(120)}`), 1],
  [latin('PROXYING is no header\r\n'), 1],
  [rawV2(0x31, 0x11, new Uint8Array(12)), 2],
  [rawV2(0x21, 0x11, new Uint8Array(4)), 2],
];

const GARBAGE = [
  'GET / HTTP/1.1\r\n\r\n',
  'PRO',
  'PROX!',
  'P',
  '\r\n',
  '\r\n\r\n',
  '\r\n\r\nGET',
  '\0',
  'SSH-2.0',
  '\r\n\r\n\0\r\nQUIT!',
];

/** Every script, more likely ones more than once. */
export const CLIENT_SCRIPTS: readonly ClientScript[] = [
  ...VALID.flatMap(([header, version, who]) =>
    PAYLOADS.map((payload) => valid(header, version, who, payload)),
  ),
  ...VALID.map(([header, version]) => prefix(header, header.length - 1, version)),
  ...VALID.map(([header, version]) => prefix(header, SIGNATURE_BYTES[version] + 2, version)),
  ...INVALID.flatMap(([bytes, version]) =>
    [0, 1].map(() => ({ ...NOTHING, bytes: concat(bytes, latin('tail')), version, invalidBy: bytes.length })),
  ),
  ...GARBAGE.flatMap((text) => [
    headerless(latin(text)),
    headerless(latin(text)),
    headerless(concat(latin(text), latin('a'.repeat(40)))),
  ]),
  ...Array.from({ length: 12 }, () => headerless(new Uint8Array(0))),
];

function valid(header: Uint8Array, version: 1 | 2, who: AnnouncedClient, payload: Uint8Array): ClientScript {
  const { length } = header;
  return {
    ...NOTHING,
    bytes: concat(header, payload),
    version,
    headerBytes: length,
    wholeBytes: length,
    announced: who,
  };
}

function prefix(header: Uint8Array, length: number, version: 1 | 2): ClientScript {
  return {
    ...NOTHING,
    bytes: new Uint8Array(header.subarray(0, length)),
    version,
    wholeBytes: header.length,
  };
}

function headerless(bytes: Uint8Array): ClientScript {
  const agree = SIGNATURES.map((signature) => {
    let same = 0;
    while (same < bytes.length && same < signature.length && bytes[same] === signature[same]) same++;
    return same;
  });
  const most = Math.max(...agree);
  return { ...NOTHING, bytes, headerlessBy: most < bytes.length ? most + 1 : 0 };
}
