import test from 'ava';
import type { Log } from '../../src/observe/log.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { createTransparentSupport } from '../../src/transparent/transparent-support.ts';
import { endpointAt, listenerPlan } from '../helpers/engine-harness.ts';

const state = () => createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 });
const NO_LOG = {} as Log;

function plan(form: 'none' | 'transparent'): Plan {
  return {
    generation: 1,
    listeners: [listenerPlan({ presentation: { form }, endpoints: [endpointAt(80)] })],
  };
}

test('a plan that presents nobody transparently needs nothing, and asks nothing of the host', async (t) => {
  const shared = state();
  const support = createTransparentSupport(shared, NO_LOG);
  await support.ready(plan('none'));
  support.stop();
  t.is(shared.host[0], 0);
});
