import { parseCidr } from '../../src/address/cidr.ts';
import { parseIp } from '../../src/address/ip.ts';
import type { ParsedAddress } from '../../src/address/socket-address.ts';
import type { ResolvedListener } from '../../src/config/config.ts';
import { evenly } from '../config/evenly.ts';

const LOOPBACK = parseIp('127.0.0.1')!;

export const tcp = (port: number): ParsedAddress => ({ kind: 'tcp', ip: LOOPBACK, port });

/** Options whose values all differ, so that a test fails if one is used in place of another. */
export function options(parts: Partial<ResolvedListener> = {}): ResolvedListener {
  return {
    name: 'edge',
    object: null,
    listen: tcp(443),
    to: evenly(tcp(8001)),
    weighted: false,
    refusesEmptyShares: false,
    acceptProxy: 'any',
    trust: { cidrs: [parseCidr('10.0.0.0/8')!], unix: true, names: [] },
    headerless: { cidrs: [parseCidr('192.0.2.0/24')!], unix: false, names: [] },
    proxyHeader: 'optional',
    headerTimeout: 3001,
    maxHeader: 1002,
    present: 'v1',
    tlv: { pass: [1, 2], add: [{ type: 0xe4, value: Uint8Array.of(1) }] },
    crc32c: true,
    uniqueId: false,
    forwardedTrust: { cidrs: [parseCidr('203.0.113.0/24')!], unix: true, names: [] },
    allowLocalClients: [parseCidr('198.51.100.0/24')!],
    balance: 'random-two',
    hops: null,
    trafficPolicy: 'Cluster',
    affinity: { kind: 'client-ip', ms: 10_800_012 },
    family: 'auto',
    endpointCidrs: [],
    probe: 0,
    probeHeader: 'local',
    onEndpointGone: 'keep',
    ejectAfter: 6,
    ejectFor: 10_003,
    ejectMax: 0.4,
    dialFrom: [parseCidr('192.0.2.77')!],
    connectTimeout: 2004,
    attempts: 7,
    reuse: 'always',
    idleTimeout: 3_600_005,
    halfCloseTimeout: 60_006,
    keepalive: 60_007,
    tcpUserTimeout: 60_009,
    maxSessionAge: 8,
    maxSessions: 900,
    maxSessionsPerClient: 11,
    clientPrefix: { v4: 25, v6: 57 },
    overLimit: 'refuse',
    ...parts,
  };
}
