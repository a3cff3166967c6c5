import { parseIp } from '../../src/address/ip.ts';
import type { Endpoint } from '../../src/endpoints/snapshot.ts';
import type { Address } from '../../src/session/client.ts';
import { cidrs, endpointAt, type PlanParts, unixEndpoint } from '../helpers/engine-harness.ts';
import type { Chance } from './chance.ts';
import { ALLOWED_CLIENTS, SELF_ANNOUNCED } from './client-scripts.ts';

/**
 * Listeners of simulated worlds: what they demand of clients, how they present them, which deadlines and limits they have, and which
 * endpoints. Durations are short against those of operators, so that all of them pass within one world.
 */

/** Slots of one listener's endpoints. */
export const SLOTS_EACH = 6;

const TRUST = cidrs('10.0.0.0/8');
const HEADERLESS = cidrs('192.168.0.0/16');
const ALLOWED = cidrs(...ALLOWED_CLIENTS);

const address = (text: string, port: number): Address => ({ ip: parseIp(text)!, port });

/** Who connects; null: by a unix socket. The last but one is not trusted by anybody. */
export const PEERS: readonly (Address | null)[] = [
  address(SELF_ANNOUNCED.address, SELF_ANNOUNCED.port),
  address('10.0.0.2', 2222),
  address('10.0.0.3', 3333),
  address('10.0.0.4', 4444),
  address('192.168.0.1', 5555),
  address('192.168.0.2', 6666),
  address('172.16.0.1', 7777),
  null,
];

/** All that a listener may have: by TCP in both families, at our own port, and by a unix socket. */
export function endpointsOf(listener: number): readonly Endpoint[] {
  const slot = listener * SLOTS_EACH;
  return [
    endpointAt(8001, slot, '192.0.2.1'),
    endpointAt(8002, slot + 1, '192.0.2.2'),
    endpointAt(40_000, slot + 2),
    unixEndpoint(`/run/app-${listener}.sock`, slot + 3),
    endpointAt(8003, slot + 4, '2001:db8:2::1'),
    unixEndpoint(`/run/other-${listener}.sock`, slot + 5),
  ];
}

export function listenerParts(chance: Chance, id: number): PlanParts {
  const form = chance.pick(['none', 'none', 'v1', 'v2', 'v2', 'transparent'] as const);
  return {
    id,
    name: `listener-${id}`,
    admission: {
      acceptProxy: chance.pick(['none', 'none', 'any', 'any', 'any', 'any', 'v1', 'v2'] as const),
      proxyHeader: chance.pick(['required', 'optional'] as const),
      trust: TRUST,
      headerless: HEADERLESS,
      trustUnix: chance.oneIn(2),
      headerlessUnix: true,
      headerTimeoutMs: chance.pick([0, 200, 5000]),
      maxHeaderBytes: chance.pick([4096, 4096, 100]),
      allow: chance.oneIn(3) ? ALLOWED : null,
    },
    presentation: {
      form,
      uniqueId: chance.oneIn(3),
      crc32c: chance.oneIn(3),
      pass: chance.oneIn(2) ? 'all' : [],
    },
    ...poolParts(chance, id),
    balance: chance.oneIn(8)
      ? 'named'
      : chance.pick(['round-robin', 'least-sessions', 'random-two'] as const),
    affinityMs: chance.pick([0, 0, 1000]),
    attempts: chance.pick([1, 2, 3, 5]),
    ejection: {
      after: chance.pick([0, 1, 3]),
      forMs: chance.pick([100, 3000]),
      maxShare: chance.pick([0.5, 1]),
    },
    timeouts: {
      connectMs: chance.pick([0, 60, 300, 2000]),
      idleMs: chance.pick([0, 150, 1000, 10_000]),
      halfCloseMs: chance.pick([0, 100, 500]),
      keepaliveMs: chance.pick([0, 60_000]),
      tcpUserTimeoutMs: chance.pick([0, 400]),
      maxSessionAgeMs: chance.pick([0, 0, 700, 4000]),
    },
    limits: {
      maxSessions: chance.pick([4, 9, 10_000, 10_000]),
      maxSessionsPerClient: chance.pick([0, 0, 1, 2]),
      overLimit: chance.pick(['wait', 'refuse'] as const),
    },
  };
}

/** What a reload or a source changes of a listener alone. */
export function poolParts(chance: Chance, id: number): Pick<PlanParts, 'endpoints' | 'empty'> {
  const all = endpointsOf(id);
  // Half of the worlds' pools hold any of them, the others are of one kind, so that a full queue is met by several sessions.
  const some = chance.oneIn(8) ? [] : chance.oneIn(3) ? [all[3]!] : all.filter(() => chance.oneIn(2));
  return {
    endpoints: some,
    empty: chance.pick(['no_endpoint', 'no_ready_endpoint', 'no_local_endpoint', 'no_capable_node'] as const),
  };
}
