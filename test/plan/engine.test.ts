import test from 'ava';
import { type EngineAbilities, lackOf, requireAbilities } from '../../src/plan/engine.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';

const ENGINE: EngineAbilities = { name: 'some', presentations: ['none', 'v2'], transports: ['tcp'] };
const HERE = { kind: 'unix', path: '/run/herald.sock' } as const;

test('an engine lacks nothing where it has the presentation and the transport', (t) => {
  t.is(lackOf(ENGINE, listenerPlan()), null);
  t.is(lackOf({ ...ENGINE, transports: ['tcp', 'unix'] }, listenerPlan({ listen: HERE })), null);
});

test('what an engine lacks is said in words', (t) => {
  t.deepEqual(lackOf(ENGINE, listenerPlan({ presentation: { form: 'v1' } })), {
    code: 'presentation_unavailable',
    text: 'present clients as v1',
  });
  t.deepEqual(lackOf(ENGINE, listenerPlan({ listen: HERE })), {
    code: 'transport_unavailable',
    text: 'listen on unix',
  });
});

test('a plan is refused with the name of each listener that the engine cannot serve', (t) => {
  const good = listenerPlan({ name: 'good' });
  t.notThrows(() => requireAbilities(ENGINE, { generation: 1, listeners: [good] }));
  const forwarded = listenerPlan({ name: 'web', presentation: { form: 'forwarded' } });
  const listeners = [listenerPlan({ name: 'bad', listen: HERE }), good, forwarded];
  const error = t.throws(() => requireAbilities(ENGINE, { generation: 1, listeners }), {
    instanceOf: StartError,
  });
  t.is(error.code, 'transport_unavailable');
  t.deepEqual(error.lines, [
    'listener "bad": the some engine cannot listen on unix',
    'listener "web": the some engine cannot present clients as forwarded',
  ]);
  t.deepEqual([...error.listeners.keys()], ['bad', 'web']);
});
