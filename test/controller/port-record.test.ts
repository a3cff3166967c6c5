import test from 'ava';
import { formatPortRecord, PORTS_ANNOTATION, readPortRecord } from '../../src/controller/port-record.ts';

const lease = (text: unknown) => ({ metadata: { annotations: { [PORTS_ANNOTATION]: text } } });
const plain = (owners: ReturnType<typeof readPortRecord>) =>
  owners && [...owners].map(([port, namespaces]) => [port, ...namespaces]);

test('G2: a record names the namespaces of ports that are wanted or held, as spans', (t) => {
  const listeners = [443, 8445, 8443, 8444].map((port) => ({ port, namespace: 'shop' }));
  listeners.push({ port: 443, namespace: 'bank' });
  const held = new Map([
    [443, 'shop'],
    [5432, 'bank'],
  ]);
  const text = formatPortRecord(listeners, held);
  t.is(text, '{"bank":"443,5432","shop":"443,8443-8445"}');
  t.deepEqual(plain(readPortRecord(lease(text))), [
    ...[
      [443, 'bank', 'shop'],
      [5432, 'bank'],
    ],
    ...[8443, 8444, 8445].map((port) => [port, 'shop']),
  ]);
});

test('a record that nobody can read is none, and an odd part of one names no port', (t) => {
  for (const value of [undefined, null, 7, '', 'no JSON', '[]', '"text"', 'null']) {
    t.is(readPortRecord(lease(value)), null);
  }
  for (const value of [undefined, null, 7, 'text', {}, { metadata: 7 }]) t.is(readPortRecord(value), null);
  const odd = '{"a":7,"b":"443-","c":"x,80","d":"90-80","e":"65535-99999","__proto__":"81"}';
  t.deepEqual(plain(readPortRecord(lease(odd))), [
    [80, 'c'],
    [65_535, 'e'],
    [81, '__proto__'],
  ]);
});

test('the record of every port of thousands of namespaces fits into annotations', (t) => {
  const listeners = Array.from({ length: 29_000 }, (_, at) => ({
    port: 1024 + at,
    namespace: `${'n'.repeat(50)}-${at % 5000}`,
  }));
  const text = formatPortRecord(listeners, new Map());
  t.true(text.length <= 200_002);
  t.true(readPortRecord(lease(text))!.size > 10_000);
});
