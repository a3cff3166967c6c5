import test from 'ava';
import { listenerFacts } from '../../src/app/listener-facts.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';

const SERVED = { engine: 'epoll', threads: 2, why: '' };

const options = (to: readonly string[]) =>
  configFromValue({ version: 1, listeners: [{ name: 'web', listen: ':1', to }] }, {}).listeners[0]!;

test('the log says where a listener leads to and who serves it', (t) => {
  const facts = { to: '10.0.0.1:80,dns:web:80', expect: 'none', present: 'v2', engine: 'epoll', threads: 2 };
  t.deepEqual(listenerFacts(options(['10.0.0.1:80', 'dns:web:80']), SERVED), facts);
});

test('an engine without threads of its own says none', (t) => {
  t.false('threads' in listenerFacts(options(['10.0.0.1:80']), { engine: 'net', threads: 0, why: '' }));
});

test('of very many endpoints the first twenty are named, and the others counted', (t) => {
  const all = Array.from({ length: 20_000 }, (_, at) => `10.0.${at >> 8}.${at & 255}:80`);
  const { to, toMore } = listenerFacts(options(all), SERVED);
  t.is(String(to).split(',').length, 20);
  t.is(toMore, 19_980);
});
