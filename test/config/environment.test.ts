import test from 'ava';
import { isInCluster, readEnvironment } from '../../src/config/environment.ts';

test('variables of the asked scopes are settings', (t) => {
  const env = { HERALD_TO: 'a,b', HERALD_LOG_LEVEL: 'info' };
  t.deepEqual(
    [...readEnvironment(env, ['listener', 'process']).settings],
    [
      ['to', { texts: ['a,b'], place: 'HERALD_TO' }],
      ['logLevel', { texts: ['info'], place: 'HERALD_LOG_LEVEL' }],
    ],
  );
  t.deepEqual([...readEnvironment(env, ['process']).settings.keys()], ['logLevel']);
});

test('variables of another scope, and those that nobody knows, are remarks in order', (t) => {
  const env = { HERALD_Z: '1', HERALD_TO: 'a', HERALD_A: '1', HERALDIC: '1', herald_b: '1' };
  t.deepEqual(readEnvironment(env, ['process']).remarks, [
    'HERALD_A is no option here and ignored',
    'HERALD_TO is no option here and ignored',
    'HERALD_Z is no option here and ignored',
  ]);
});

test('variables that somebody else reads are no remark', (t) => {
  t.deepEqual(readEnvironment({ HERALD_CONFIG: 'x' }, ['process'], ['HERALD_CONFIG']).remarks, []);
});

test('an empty variable is not set', (t) => {
  const { settings, remarks } = readEnvironment({ HERALD_ENGINE: '', HERALD_TLV: '' }, [
    'listener',
    'process',
  ]);
  t.is(settings.size, 0);
  t.deepEqual(remarks, []);
});

test('Kubernetes says by a variable that it started us', (t) => {
  t.true(isInCluster({ KUBERNETES_SERVICE_HOST: '10.96.0.1' }));
  t.false(isInCluster({ KUBERNETES_SERVICE_HOST: '' }));
  t.false(isInCluster({}));
});
