import { parseIp } from '../../src/address/ip.ts';
import type { PresentationPlan } from '../../src/plan/plan.ts';
import { type Client, clientOf } from '../../src/session/client.ts';
import { Presenter } from '../../src/session/presenter.ts';
import { destinationOf, sourceOf } from '../../src/wire/header-address.ts';
import { readTlvs } from '../../src/wire/tlv.ts';
import { DESTINATION, DESTINATION_6, headerOf, latin, SOURCE, SOURCE_6 } from './headers.ts';

export const GUARD = 0xee;
export const ownId = () => latin('own-id');
export const neverAsked = (): Uint8Array => {
  throw new Error('no id was wanted');
};

export function plan(parts: Partial<PresentationPlan> = {}): PresentationPlan {
  return {
    form: 'v2',
    pass: [],
    add: [],
    crc32c: false,
    uniqueId: false,
    forwardedTrust: new Uint32Array(0),
    forwardedTrustUnix: false,
    ...parts,
  };
}

/** The bytes that a presenter writes, or -1. Holds it to its promise of room: no byte outside is touched. */
export function present(parts: Partial<PresentationPlan>, client: Client, id = neverAsked): Uint8Array | -1 {
  const presenter = new Presenter(plan(parts));
  const at = 5;
  const target = new Uint8Array(at + presenter.maxBytes + 5).fill(GUARD);
  const length = presenter.write(target, at, client, id);
  if (length > presenter.maxBytes) throw new Error(`${length} bytes, and room for ${presenter.maxBytes}`);
  const outside = Buffer.concat([target.subarray(0, at), target.subarray(at + Math.max(length, 0))]);
  if (!outside.equals(Buffer.alloc(outside.length, GUARD)))
    throw new Error('bytes outside of the header were written');
  return length < 0 ? -1 : target.slice(at, at + length);
}

/** The same as the parser reads it. */
export function read(parts: Partial<PresentationPlan>, client: Client, id = neverAsked) {
  const bytes = present(parts, client, id);
  if (bytes === -1) throw new Error('nothing was written');
  const header = headerOf(bytes);
  const { version, command, family, transport } = header;
  return {
    version,
    command,
    family,
    transport,
    source: sourceOf(header),
    destination: destinationOf(header),
    tlvs: readTlvs(header).map(({ type, value }) => ({ type, value: Buffer.from(value).toString('latin1') })),
  };
}

export const PEER = { ip: parseIp('10.0.0.1')!, port: 1111 };
export const LOCAL = { ip: parseIp('10.0.0.2')!, port: 2222 };
export const PEER_6 = { ip: parseIp('2001:db8::aa')!, port: 3333 };

export const of = (bytes: Uint8Array, peer: typeof PEER | null = PEER) =>
  clientOf(headerOf(bytes), peer, peer && LOCAL);

export const OWN_V1 = 'PROXY TCP4 10.0.0.1 10.0.0.2 1111 2222\r\n';
export const OWN_V2 = {
  command: 'PROXY',
  family: 'INET',
  source: { address: '10.0.0.1', port: 1111 },
  destination: { address: '10.0.0.2', port: 2222 },
} as const;
export const NAMED_V2 = {
  command: 'PROXY',
  family: 'INET',
  source: SOURCE,
  destination: DESTINATION,
} as const;
export const NAMED_V1 = 'PROXY TCP4 203.0.113.7 198.51.100.9 51234 443\r\n';
export const NAMED_6_V1 = 'PROXY TCP6 2001:db8::7 2001:db8:1::9 51234 443\r\n';
export const NAMED_6_V2 = {
  command: 'PROXY',
  family: 'INET6',
  source: SOURCE_6,
  destination: DESTINATION_6,
} as const;
export const NOBODY = { family: 'UNSPEC', transport: 'UNSPEC', source: null, destination: null } as const;
export const NOBODY_V1 = 'PROXY UNKNOWN\r\n';
