import test from 'ava';
import { linesOf } from './problems-of.ts';
import { LEAST, listenerOf, readFlags } from './read-flags.ts';

/** What the contract says a listener is when nothing more is said. */
const DEFAULTS = {
  trust: { cidrs: [], unix: false, names: [] },
  headerless: { cidrs: [], unix: false, names: [] },
  proxyHeader: 'required',
  headerTimeout: 5000,
  maxHeader: 4096,
  tlv: { pass: [], add: [] },
  crc32c: false,
  uniqueId: false,
  forwardedTrust: { cidrs: [], names: [], unix: false },
  object: null,
  allowLocalClients: [],
  balance: 'round-robin',
  hops: null,
  trafficPolicy: 'Cluster',
  affinity: { kind: 'none' },
  family: 'auto',
  endpointCidrs: [],
  probe: 0,
  probeHeader: 'local',
  onEndpointGone: 'keep',
  ejectAfter: 5,
  ejectFor: 10_000,
  ejectMax: 0.5,
  dialFrom: [],
  connectTimeout: 2000,
  attempts: 3,
  reuse: 'safe',
  idleTimeout: 3_600_000,
  halfCloseTimeout: 60_000,
  keepalive: 60_000,
  tcpUserTimeout: 60_000,
  maxSessionAge: 0,
  maxSessions: null,
  maxSessionsPerClient: 0,
  clientPrefix: { v4: 32, v6: 64 },
  overLimit: 'wait',
} as const;
const PLACES = {
  listen: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 8000 },
  to: [{ name: { kind: 'tcp', ip: Uint8Array.of(10, 0, 0, 1), port: 80 }, weight: 1, backup: false }],
  weighted: false,
  refusesEmptyShares: false,
} as const;

test('an edge has the defaults of the contract', (t) => {
  t.deepEqual(listenerOf('edge'), {
    ...DEFAULTS,
    ...PLACES,
    name: 'edge',
    acceptProxy: 'none',
    present: 'v2',
  });
});

test('a sidecar has the defaults of the contract', (t) => {
  t.deepEqual(listenerOf('sidecar'), {
    ...DEFAULTS,
    ...PLACES,
    name: 'sidecar',
    acceptProxy: 'any',
    trust: { cidrs: [{ ip: Uint8Array.of(10, 0, 0, 0), prefix: 8 }], unix: false, names: [] },
    present: 'v2',
  });
});

test('a sidecar must be told how to present the client', (t) => {
  const { present: _, ...rest } = LEAST.sidecar;
  t.deepEqual(
    linesOf(() => readFlags('sidecar', rest)),
    ['--present: is required: one of none, v1, v2, transparent, forwarded'],
  );
});

test('a listener must be told where to listen and whom to dial', (t) => {
  t.deepEqual(
    linesOf(() => readFlags('edge', {})),
    [
      '--listen: is required: an address such as 127.0.0.1:8080, [::1]:8080, :8080, unix:/run/herald.sock or systemd:NAME',
      '--to: is required: an endpoint such as 10.0.0.5:8080, [fd00::5]:8080 or unix:/run/app.sock, or k8s:namespace/service:port, dns:name:port, srv:name',
    ],
  );
});
