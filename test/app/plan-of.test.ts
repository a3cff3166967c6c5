import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { parseIp } from '../../src/address/ip.ts';
import { createIpSet, ipSetHas } from '../../src/address/ip-set.ts';
import type { ParsedAddress } from '../../src/address/socket-address.ts';
import { addressText, planOf } from '../../src/app/plan-of.ts';
import { RowTable } from '../../src/app/row-table.ts';
import type { Config, ListenerOptions } from '../../src/config/config.ts';

const LOOPBACK = parseIp('127.0.0.1')!;
const tcp = (port: number): ParsedAddress => ({ kind: 'tcp', ip: LOOPBACK, port });

/** Options of which no two values are the same, so that none can stand for another unseen. */
function options(parts: Partial<ListenerOptions> = {}): ListenerOptions {
  return {
    name: 'edge',
    listen: tcp(443),
    to: [tcp(8001)],
    expect: 'any',
    trust: { cidrs: [parseCidr('10.0.0.0/8')!], unix: true },
    plain: { cidrs: [parseCidr('192.0.2.0/24')!], unix: false },
    header: 'optional',
    headerTimeout: 3001,
    maxHeader: 1002,
    present: 'v1',
    tlv: { pass: [1, 2], add: [{ type: 0xe4, value: Uint8Array.of(1) }] },
    crc32c: true,
    uniqueId: false,
    forwardedTrust: { cidrs: [parseCidr('198.51.100.0/24')!], unix: true },
    ejectAfter: 6,
    ejectFor: 10_003,
    ejectMax: 0.4,
    source: [parseCidr('192.0.2.77')!],
    connectTimeout: 2004,
    attempts: 7,
    idleTimeout: 3_600_005,
    halfCloseTimeout: 60_006,
    keepalive: 60_007,
    userTimeout: 60_009,
    maxSessionAge: 8,
    maxSessions: 900,
    maxSessionsPerClient: 11,
    overLimit: 'refuse',
    ...parts,
  };
}

function config(...listeners: readonly ListenerOptions[]): Config {
  const nowhere = { address: null, asked: false };
  return {
    process: {
      engine: 'auto',
      threads: null,
      metrics: nowhere,
      admin: nowhere,
      drainDelay: 0,
      drainTimeout: 0,
      watchConfig: false,
      logLevel: 'info',
      logFormat: 'json',
      accessLog: 'all',
      logClients: 'full',
      logTlvs: [],
    },
    listeners,
    warnings: [],
    remarks: [],
    written: null,
    hash: '0'.repeat(12),
  };
}

/** Nobody has a row yet. */
const rows = () => new RowTable(8);

test('every option of a listener is in its plan, under its own name', (t) => {
  const [plan] = planOf(config(options()), 1000, rows()).listeners;
  const { admission, snapshot, ...rest } = plan!;
  const { trust, plain, ...rules } = admission;
  t.deepEqual(rest, {
    id: 0,
    name: 'edge',
    listen: tcp(443),
    presentation: {
      form: 'v1',
      pass: [1, 2],
      add: [{ type: 0xe4, value: Uint8Array.of(1) }],
      crc32c: true,
      uniqueId: false,
      forwardedTrust: createIpSet([parseCidr('198.51.100.0/24')!]),
      forwardedTrustUnix: true,
    },
    balance: 'round-robin',
    affinityMs: 0,
    attempts: 7,
    source: [parseCidr('192.0.2.77')!],
    ejection: { after: 6, forMs: 10_003, maxShare: 0.4 },
    timeouts: {
      connectMs: 2004,
      idleMs: 3_600_005,
      halfCloseMs: 60_006,
      keepaliveMs: 60_007,
      userTimeoutMs: 60_009,
      maxSessionAgeMs: 8,
    },
    limits: { maxSessions: 900, maxSessionsPerClient: 11, overLimit: 'refuse' },
    accessLog: 'all',
  });
  t.deepEqual(rules, {
    expect: 'any',
    header: 'optional',
    trustUnix: true,
    plainUnix: false,
    headerTimeoutMs: 3001,
    maxHeaderBytes: 1002,
  });
  t.deepEqual(
    ['10.9.9.9', '192.0.2.9', '8.8.8.8'].map((text) => [
      ipSetHas(trust, parseIp(text)!),
      ipSetHas(plain, parseIp(text)!),
    ]),
    [
      [true, false],
      [false, true],
      [false, false],
    ],
  );
  t.is(snapshot.endpoints.length, 1);
});

test('the two switches are not one: each value of the plan is that of its own option', (t) => {
  const [plan] = planOf(
    config(
      options({
        crc32c: false,
        uniqueId: true,
        trust: { cidrs: [], unix: false },
        plain: { cidrs: [], unix: true },
      }),
    ),
    1000,
    rows(),
  ).listeners;
  t.like(plan!.presentation, { crc32c: false, uniqueId: true });
  t.like(plan!.admission, { trustUnix: false, plainUnix: true });
});

test('a plan can be posted to a thread as it is', (t) => {
  const plan = planOf(
    config(options(), options({ name: 'other', to: [{ kind: 'unix', path: '/run/x' }] })),
    1000,
    rows(),
  );
  t.deepEqual(structuredClone(plan), plan);
});

test('listeners are numbered in their order, and their endpoints have slots of their own', (t) => {
  const plan = planOf(
    config(
      options({ name: 'one', to: [tcp(1), tcp(2)] }),
      options({ name: 'two', to: [tcp(1)] }),
      options({ name: 'three', to: [{ kind: 'unix', path: '/run/x' }, tcp(3)] }),
    ),
    1000,
    rows(),
  );
  t.deepEqual(
    plan.listeners.map(({ id, name, snapshot }) => [id, name, snapshot.endpoints.map(({ slot }) => slot)]),
    [
      [0, 'one', [0, 1]],
      [1, 'two', [2]],
      [2, 'three', [3, 4]],
    ],
  );
});

test('an endpoint is what was written: an address with its port, or the path of a socket', (t) => {
  const ip = parseIp('2001:db8::1')!;
  const [plan] = planOf(
    config(
      options({
        to: [
          { kind: 'tcp', ip, port: 443 },
          { kind: 'unix', path: '/run/app.sock' },
        ],
      }),
    ),
    1000,
    rows(),
  ).listeners;
  t.deepEqual(plan!.snapshot.endpoints, [
    { slot: 0, ip, port: 443, path: null, text: '[2001:db8::1]:443' },
    { slot: 1, ip: new Uint8Array(0), port: 0, path: '/run/app.sock', text: 'unix:/run/app.sock' },
  ]);
});

const sessions = (capacity: number, ...asked: (number | null)[]) =>
  planOf(
    config(...asked.map((maxSessions, index) => options({ name: `l${index}`, maxSessions }))),
    capacity,
    rows(),
  ).listeners.map(({ limits }) => limits.maxSessions);

test('a listener that asks for no limit gets what descriptors and memory allow', (t) => {
  t.deepEqual(sessions(1000, null), [1000]);
});

test('listeners that ask for no limit share what the others leave', (t) => {
  t.deepEqual(sessions(1000, null, 400, null), [300, 400, 300]);
  t.deepEqual(sessions(1000, null, null, null), [333, 333, 333]);
});

test('a limit that was asked for is kept, though it is more than there seems to be', (t) => {
  t.deepEqual(sessions(1000, 5000), [5000]);
  t.deepEqual(sessions(1000, 5000, null), [5000, 1]);
});

test('an address is written as one would type it', (t) => {
  t.deepEqual(
    [
      addressText(tcp(80)),
      addressText({ kind: 'tcp', ip: parseIp('::1')!, port: 80 }),
      addressText({ kind: 'tcp', ip: null, port: 80 }),
      addressText({ kind: 'unix', path: '/run/x' }),
    ],
    ['127.0.0.1:80', '[::1]:80', ':80', 'unix:/run/x'],
  );
});
