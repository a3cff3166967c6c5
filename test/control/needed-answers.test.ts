import test from 'ava';
import { PlanKeeper } from '../../src/control/plan-keeper.ts';
import { RowTable } from '../../src/control/row-table.ts';
import type { Engine } from '../../src/plan/engine.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { evenly } from '../config/evenly.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { A, config, KEEPER_PARTS, settled, WEB } from './keeper-parts.ts';
import { scriptedMaker } from './scripted-source.ts';

// A process that succeeds another: until it is ready that one serves, so it does not begin without endpoints.

function createSuccessor() {
  const plans: Plan[] = [];
  const engine = {
    apply: async (plan: Plan) => {
      plans.push(plan);
      return plan.listeners.map(({ id, name, listen }) => ({ id, name, address: listen }));
    },
  } as unknown as Engine;
  const clock = createManualClock();
  const maker = scriptedMaker();
  const rows = new RowTable(createSharedState({ workers: 1, listeners: 8, clients: 0, seed: 1 }));
  const parts = { ...KEEPER_PARTS, engine, rows, maker, log: createMemoryLog(), clock, needsAnswers: true };
  return { keeper: new PlanKeeper(parts), plans, clock, maker };
}

test('a source that stays silent for 20 s fails the start, and nothing has been opened', async (t) => {
  const { keeper, plans, clock } = createSuccessor();
  const applied = keeper.apply(config({ to: evenly(WEB) }));
  const failed = t.throwsAsync(applied, { instanceOf: StartError, code: 'source_silent' });
  await settled();
  clock.advance(19_999);
  await settled();
  t.deepEqual(plans, []);
  clock.advance(1);
  t.regex((await failed)!.message, /^\S+ has not answered within 20 s$/);
  t.deepEqual(plans, []);
});

test('an answer that comes late is still in time, and listeners open with it', async (t) => {
  const { keeper, plans, clock, maker } = createSuccessor();
  const applied = keeper.apply(config({ to: evenly(WEB) }));
  await settled();
  clock.advance(19_000);
  await settled();
  t.deepEqual(plans, []);
  for (const source of maker.made.values()) source.tell([A]);
  await applied;
  t.deepEqual(
    plans.map(({ listeners }) => listeners[0]!.snapshot.endpoints.length),
    [1],
  );
});

test('later configurations do not need an answer', async (t) => {
  const { keeper, plans, clock } = createSuccessor();
  await keeper.apply(config());
  const applied = keeper.apply(config({ to: evenly(WEB) }));
  await settled();
  clock.advance(20_000);
  await applied;
  t.is(plans.length, 2);
});
