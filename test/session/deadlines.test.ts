import test from 'ava';
import {
  type CoursePhase,
  type DeadlineFacts,
  nextDeadlineMs,
  silenceMs,
  silenceReason,
} from '../../src/session/deadlines.ts';
import { Ledger } from '../../src/session/ledger.ts';
import { listenerPlan, type PlanParts } from '../helpers/engine-harness.ts';
import { LOCAL, PEER } from './scripted-carrier.ts';
import { createWorker } from './worker.ts';

const OFF = {
  connectMs: 0,
  idleMs: 0,
  halfCloseMs: 0,
  keepaliveMs: 0,
  tcpUserTimeoutMs: 0,
  maxSessionAgeMs: 0,
};
const NEVER = Number.POSITIVE_INFINITY;

/** The clock stands at 1000. */
function facts(parts: PlanParts, own: Partial<DeadlineFacts> = {}): DeadlineFacts {
  const rules = createWorker().rules(listenerPlan({ ...parts, timeouts: { ...OFF, ...parts.timeouts } }));
  const ledger = new Ledger(rules, PEER, LOCAL);
  ledger.dialedAtMs = 1200;
  ledger.lastActivityMs = 1500;
  const none = {
    phase: 'relay',
    halfClosed: false,
    heldUntilMs: NEVER,
    keepsAlive: false,
    findsLost: true,
  } as const;
  return { ledger, ...none, ...own };
}

const PHASES: readonly CoursePhase[] = ['header', 'place', 'connect', 'relay', 'remainder', 'over'];

const ROWS: readonly {
  name: string;
  parts: PlanParts;
  own?: Partial<DeadlineFacts>;
  at: Partial<Record<CoursePhase, number>>;
}[] = [
  { name: 'nothing', parts: { admission: { headerTimeoutMs: 0 } }, at: {} },
  { name: 'the header', parts: { admission: { headerTimeoutMs: 70 } }, at: { header: 1070 } },
  { name: 'the dial', parts: { timeouts: { connectMs: 70 } }, at: { connect: 1270, header: 6000 } },
  { name: 'silence', parts: { timeouts: { idleMs: 70 } }, at: { relay: 1570, header: 6000 } },
  {
    name: 'silence, once a side has ended',
    parts: { timeouts: { idleMs: 70, halfCloseMs: 50 } },
    own: { halfClosed: true },
    at: { relay: 1550, header: 6000 },
  },
  {
    name: 'a look at lost peers',
    parts: { timeouts: { tcpUserTimeoutMs: 70 } },
    at: { relay: 2035, header: 6000 },
  },
  {
    name: 'no look, if the engine cannot tell',
    parts: { timeouts: { tcpUserTimeoutMs: 70 } },
    own: { findsLost: false },
    at: { header: 6000 },
  },
  {
    name: 'keepalive',
    parts: { timeouts: { keepaliveMs: 70 } },
    at: { header: 2000, place: 2000, connect: 2000, relay: 2000 },
  },
  {
    name: 'keepalive that is set',
    parts: { timeouts: { keepaliveMs: 70 } },
    own: { keepsAlive: true },
    at: { header: 6000 },
  },
  {
    name: 'held bytes',
    parts: {},
    own: { heldUntilMs: 1900 },
    at: { header: 1900, place: 1900, connect: 1900, relay: 1900 },
  },
  {
    name: 'age',
    parts: { timeouts: { maxSessionAgeMs: 70 } },
    at: { header: 1070, place: 1070, connect: 1070, relay: 1070, remainder: 1070 },
  },
];

for (const { name, parts, own, at } of ROWS) {
  test(`a deadline for ${name}: in the phases that wait for it, and in no other`, (t) => {
    const found = PHASES.map((phase) => [phase, nextDeadlineMs(facts(parts, { ...own, phase }), 2000)]);
    t.deepEqual(
      found,
      PHASES.map((phase) => [phase, at[phase] ?? NEVER]),
    );
  });
}

test('the earliest deadline is the next one', (t) => {
  const timeouts = { idleMs: 70, maxSessionAgeMs: 5000, keepaliveMs: 60_000, tcpUserTimeoutMs: 60_000 };
  t.is(nextDeadlineMs(facts({ timeouts }), 2000), 1570);
  t.is(nextDeadlineMs(facts({ timeouts: { ...timeouts, idleMs: 900 } }), 2000), 2000);
});

for (const [idleMs, halfCloseMs, ms, reason] of [
  [100, 50, 50, 'half_close_timeout'],
  [50, 100, 50, 'idle_timeout'],
  [0, 50, 50, 'half_close_timeout'],
  [50, 0, 50, 'idle_timeout'],
  [0, 0, 0, 'idle_timeout'],
] as const) {
  test(`half-closed, with ${idleMs} ms of silence and ${halfCloseMs} ms after an end: ${ms} ms, ${reason}`, (t) => {
    const { ledger } = facts({ timeouts: { idleMs, halfCloseMs } });
    t.deepEqual([silenceMs(ledger, true), silenceReason(ledger, true)], [ms, reason]);
    t.deepEqual([silenceMs(ledger, false), silenceReason(ledger, false)], [idleMs, 'idle_timeout']);
  });
}
