import test from 'ava';
import { isInCluster, readEnvironment } from '../../src/config/environment.ts';
import { variableOf } from '../../src/config/option.ts';

test('variables of the asked scopes are settings', (t) => {
  const env = { HERALD_TO: 'a,b', HERALD_LOG_LEVEL: 'info' };
  t.deepEqual(
    [...readEnvironment(env, ['listener', 'process']).settings],
    [
      ['to', { texts: ['a,b'], place: 'HERALD_TO', name: 'HERALD_TO', spell: variableOf }],
      [
        'logLevel',
        { texts: ['info'], place: 'HERALD_LOG_LEVEL', name: 'HERALD_LOG_LEVEL', spell: variableOf },
      ],
    ],
  );
  t.deepEqual([...readEnvironment(env, ['process']).settings.keys()], ['logLevel']);
});

test('variables of another scope, and those that nobody knows, are remarks in order', (t) => {
  const env = { HERALD_Z: '1', HERALD_TO: 'a', HERALD_A: '1', HERALDIC: '1', herald_b: '1' };
  t.deepEqual(readEnvironment(env, ['process']).remarks, [
    'HERALD_A is not an option here and is ignored',
    'HERALD_TO is not an option here and is ignored',
    'HERALD_Z is not an option here and is ignored',
  ]);
});

test('variables that somebody else reads are no remark', (t) => {
  t.deepEqual(readEnvironment({ HERALD_CONFIG: 'x' }, ['process'], ['HERALD_CONFIG']).remarks, []);
});

test('the variable by which a Herald finds the one that it succeeds is no remark, and no name is taken for it', (t) => {
  const env = { HERALD_TAKE_OVER: '/run/herald/take-over.sock', HERALD_TAKEOVER: 'x' };
  const { settings, remarks, warnings } = readEnvironment(env, ['listener', 'process']);
  t.is(settings.size, 0);
  t.deepEqual(remarks, ['HERALD_TAKEOVER is not an option here and is ignored']);
  t.deepEqual(warnings, []);
});

for (const [name, meant] of [
  ['HERALD_METRIC', 'HERALD_METRICS'],
  ['HERALD_LISTNE', 'HERALD_LISTEN'],
  ['HERALD_HEADERTIMEOUT', 'HERALD_HEADER_TIMEOUT'],
  ['HERALD_LOGLEVEL', 'HERALD_LOG_LEVEL'],
  ['HERALD_TURST', 'HERALD_TRUST'],
  ['HERALD_PLAI', 'HERALD_HEADERLESS, formerly HERALD_PLAIN'],
  ['HERALD_USERTIMEOUT', 'HERALD_TCP_USER_TIMEOUT, formerly HERALD_USER_TIMEOUT'],
] as const) {
  test(`${name} is warned of as a slip of ${meant}`, (t) => {
    const { settings, remarks, warnings } = readEnvironment({ [name]: 'x' }, ['listener', 'process']);
    t.is(settings.size, 0);
    t.deepEqual(remarks, []);
    t.deepEqual(warnings, [`${name} is not an option here and is ignored; did you mean ${meant}?`]);
  });
}

test('what Kubernetes puts beside a Service of our name is no slip, nor is a name far from ours, or an empty one', (t) => {
  const env = {
    HERALD_METRIC: '',
    HERALD_COLOUR: 'blue',
    HERALD_METRICS_PORT: 'tcp://10.96.0.7:9464',
    HERALD_METRICS_PORT_9464_TCP: 'tcp://10.96.0.7:9464',
    HERALD_METRICS_PORT_9464_TCP_ADDR: '10.96.0.7',
    HERALD_METRICS_SERVICE_HOST: '10.96.0.7',
    HERALD_PORT: 'tcp://10.96.0.7:443',
    HERALD_PORT_443_TCP_PROTO: 'tcp',
    HERALD_SERVICE_HOST: '10.96.0.7',
    HERALD_SERVICE_PORT: '443',
    HERALD_SERVICE_PORT_HTTPS: '443',
    HERALD_TO_SERVICE_PORT: '443',
  };
  const { remarks, warnings } = readEnvironment(env, ['listener', 'process']);
  t.deepEqual(warnings, []);
  t.is(remarks.length, Object.keys(env).length);
});

test('only names that are read here can have been meant: with a file those of the process', (t) => {
  const env = { HERALD_LISTNE: ':80', HERALD_LISTEN: ':80', HERALD_CONFG: 'x' };
  const { warnings, remarks } = readEnvironment(env, ['process'], ['HERALD_CONFIG']);
  t.deepEqual(warnings, ['HERALD_CONFG is not an option here and is ignored; did you mean HERALD_CONFIG?']);
  t.is(remarks.length, 2);
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
