import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { createTransparentSupport } from '../../src/transparent/transparent-support.ts';
import { endpointAt, listenerPlan } from '../helpers/engine-harness.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';

const sharedState = () => createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 });

function plan(form: 'none' | 'transparent'): Plan {
  return {
    generation: 1,
    listeners: [listenerPlan({ presentation: { form }, endpoints: [endpointAt(80)] })],
  };
}

function setUp(node: string | null = 'node-a') {
  const state = sharedState();
  const log = createMemoryLog();
  const support = createTransparentSupport(state, { log, clock: createManualClock(), node, echoes: null });
  return { state, log, support };
}

const at = (ip: string, node: string | null = null) => ({ ip: parseIp(ip)!, node });

test('a plan that presents nobody transparently needs nothing, and asks nothing of the host', async (t) => {
  const { state, support } = setUp();
  await support.ready(plan('none'));
  support.follow([
    { plan: { presentation: plan('none').listeners[0]!.presentation }, pool: { endpoints: [] } },
  ]);
  await support.prove();
  t.deepEqual(support.presents(), []);
  await support.stop();
  t.is(state.host[0], 0);
});

test('endpoints with the name of a node are judged by it, and those on loopback are always direct', async (t) => {
  const { support } = setUp();
  const { of } = support.reach;
  t.is(of(at('10.1.0.5', 'node-a')), 'direct');
  t.is(of(at('10.1.1.5', 'node-b')), 'elsewhere');
  for (const ip of ['127.0.0.1', '127.9.9.9', '::1']) {
    t.is(of(at(ip)), 'direct');
    t.is(of(at(ip, 'node-b')), 'direct');
  }
  await support.stop();
});

test('a node that does not know its own name has no endpoint that names one', async (t) => {
  const { support } = setUp(null);
  t.is(support.reach.of(at('10.1.0.5', 'node-a')), 'elsewhere');
  await support.stop();
});

test('without echoes nobody has tried what the node can do, so that there is no fault', async (t) => {
  const { support } = setUp();
  t.is(support.reach.fault(4), null);
  t.is(support.reach.fault(6), null);
  await support.stop();
});
