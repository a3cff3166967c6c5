import test from 'ava';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { linesOf } from './problems-of.ts';

const VALUE = { version: 1, listeners: [{ listen: ':1', to: '10.0.0.1:80' }] };

test('a value in the shape of a file is a configuration', (t) => {
  const config = configFromValue(VALUE, {});
  t.is(config.listeners[0]?.attempts, 3);
  t.is(config.process.drainTimeout, 8000);
  t.is(configFromValue(VALUE, { KUBERNETES_SERVICE_HOST: 'x' }).process.drainTimeout, 20_000);
});

test('no variable of the environment counts', (t) => {
  t.is(configFromValue(VALUE, { HERALD_LOG_LEVEL: 'loud' }).process.logLevel, 'info');
});

test('mistakes name the part of the value', (t) => {
  t.deepEqual(
    linesOf(() => configFromValue(7, {})),
    ['config: expected a mapping with version and listeners, got 7'],
  );
  t.deepEqual(
    linesOf(() => configFromValue({ ...VALUE, logLevel: 'loud', admin: ':1', foo: undefined }, {})),
    [
      'foo: there is no such option',
      'logLevel: expected one of debug, info, warn, error, got "loud"',
      'admin: expected a loopback address such as 127.0.0.1:9465, or unix:/…, got ":1"',
      'admin: expected an address that does not overlap with that of listener "edge", got ":1"',
    ],
  );
});

test('values that no file can hold are mistakes like others', (t) => {
  t.deepEqual(
    linesOf(() =>
      configFromValue({ ...VALUE, metrics: () => 1, logLevel: 1n, threads: Symbol('x') }, {}),
    ).sort(),
    [
      'logLevel: expected one of debug, info, warn, error, got a bigint',
      'metrics: expected an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock, or none, got a function',
      'threads: expected a whole number from 1 to 64, without quotes, got a symbol',
    ],
  );
});
