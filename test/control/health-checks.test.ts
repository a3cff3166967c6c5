import test from 'ava';
import type { ResolvedListener } from '../../src/config/config.ts';
import { createHealthChecks } from '../../src/control/health-checks.ts';
import type { KeptListener } from '../../src/control/kept-listener.ts';
import type { ProbeFailure, ProbeTarget } from '../../src/health/probe-target.ts';
import { CONNECT_FAILURES } from '../../src/plan/connect-failure.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { options } from './scripted-config.ts';

const ENDPOINT = { slot: 5, ip: Uint8Array.of(10, 0, 0, 1), port: 80, path: null, text: '10.0.0.1:80' };

function listener(parts: Partial<ResolvedListener> = {}): KeptListener {
  const all = options({ probe: 1000, ...parts });
  const plan = { name: all.name, snapshot: { endpoints: [ENDPOINT] } };
  return { options: all, plan, pool: null, sources: [] } as unknown as KeptListener;
}

/** Health checks that all end with the result that the test sets. */
function create() {
  const state = createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 });
  const log = createMemoryLog();
  const clock = createManualClock();
  const targets: ProbeTarget[] = [];
  let failure: ProbeFailure | null = null;
  const checks = createHealthChecks({
    probe: (target, done) => {
      targets.push(target);
      done(failure);
      return () => {};
    },
    state,
    log,
    clock,
    random: () => 0.5,
  });
  const round = (next: ProbeFailure | null, times: number) => {
    failure = next;
    for (let time = 0; time < times; time++) clock.advance(1100);
  };
  const lines = () => log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message);
  return { checks, state, clock, targets, round, lines };
}

test('an endpoint that is down is so in the shared state, the epoch moves, and one line says it', (t) => {
  const { checks, state, round, lines } = create();
  const web = listener();
  checks.follow([web]);
  round('refused', 5);
  t.deepEqual([state.probedDown[5], state.ejectionEpoch[0]], [1, 1]);
  t.deepEqual(checks.facts(web), { failures: 5, down: 1 });
  round(null, 2);
  t.deepEqual([state.probedDown[5], state.ejectionEpoch[0]], [0, 2]);
  t.deepEqual(checks.facts(web), { failures: 5, down: 0 });
  t.deepEqual(lines(), [
    'endpoint down: its health checks fail',
    'endpoint up again: its health checks succeed',
  ]);
});

test('one that is up again begins without failures in a row: its clients have had theirs while it was down', (t) => {
  const { checks, state, round } = create();
  checks.follow([listener()]);
  round('refused', 5);
  Atomics.store(state.endpointFailures, ENDPOINT.slot, 40);
  round('refused', 1);
  t.is(state.endpointFailures[ENDPOINT.slot], 40);
  round(null, 2);
  t.is(state.endpointFailures[ENDPOINT.slot], 0);
});

test('a check that fails is a failed connect of the endpoint, unless it is this machine that failed', (t) => {
  const { checks, state, clock, round } = create();
  checks.follow([listener()]);
  round('timeout', 2);
  t.deepEqual([state.failedConnects[5], CONNECT_FAILURES[state.lastFailure[5]!]], [2, 'connect_timeout']);
  t.is(state.lastFailureAt[5], clock.now());
  round('local', 2);
  t.is(state.failedConnects[5], 2);
});

test('one that is down and goes away leaves its slot clean, without a word', (t) => {
  const { checks, state, round, lines } = create();
  checks.follow([listener()]);
  round('refused', 3);
  checks.follow([]);
  t.is(state.probedDown[5], 0);
  t.is(lines().length, 1);
});

test('a listener that does not ask for checks has none', (t) => {
  const { checks, targets, round, clock } = create();
  const silent = listener({ probe: 0 });
  checks.follow([silent]);
  round(null, 3);
  t.deepEqual([targets.length, clock.waiting], [0, 0]);
  t.is(checks.facts(silent), null);
});

for (const [parts, header] of [
  [{ present: 'v2' }, 'v2'],
  [{ present: 'v1' }, 'v1'],
  [{ present: 'none' }, 'none'],
  [{ present: 'v2', probeHeader: 'none' }, 'none'],
] as const) {
  test(`a check of a listener with ${JSON.stringify(parts)} sends ${header}`, (t) => {
    const { checks, targets, round } = create();
    checks.follow([listener(parts)]);
    round(null, 1);
    t.is(targets[0]?.header, header);
  });
}

test('a check takes no longer than a connect may, and never for ever', (t) => {
  const { checks, targets, round } = create();
  checks.follow([listener({ name: 'a', connectTimeout: 700 }), listener({ name: 'b', connectTimeout: 0 })]);
  round(null, 1);
  t.deepEqual(
    targets.map(({ timeoutMs }) => timeoutMs),
    [700, 2000],
  );
});

test('checks that have stopped wait for nothing', (t) => {
  const { checks, clock } = create();
  checks.follow([listener()]);
  checks.stop();
  t.is(clock.waiting, 0);
});

test('endpoints that go down all at once are some lines, and the number of the others', (t) => {
  const { checks, lines, round } = create();
  const many = Array.from({ length: 500 }, (_, slot) => ({
    ...ENDPOINT,
    slot,
    text: `10.0.0.1:${slot + 1}`,
  }));
  const kept = listener();
  checks.follow([{ ...kept, plan: { ...kept.plan, snapshot: { ...kept.plan.snapshot, endpoints: many } } }]);
  round('refused', 5);
  checks.stop();
  const told = lines();
  t.true(told.length > 20 && told.length < 70, `${told.length}`);
  t.regex(told.at(-1)!, /^\d+ more lines about its endpoints in \d+ s$/);
});
