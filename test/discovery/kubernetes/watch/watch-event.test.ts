import test from 'ava';
import fc from 'fast-check';
import { parseWatchEvent } from '../../../../src/discovery/kubernetes/watch/watch-event.ts';

const metadata = { name: 'web-a', uid: 'u', resourceVersion: '7' };
const key = { name: 'web-a', uid: 'u', version: '7' };
const parse = (type: unknown, object: unknown) => parseWatchEvent(JSON.stringify({ type, object }));

test('what was added, modified and deleted is told with its key', (t) => {
  const object = { metadata };
  t.deepEqual(parse('ADDED', object), { type: 'changed', key, object });
  t.deepEqual(parse('MODIFIED', object), { type: 'changed', key, object });
  t.deepEqual(parse('DELETED', object), { type: 'deleted', key, object });
});

test('W1: a version is opaque: any text will do, and a number is none', (t) => {
  t.like(parse('BOOKMARK', { metadata: { resourceVersion: 'x-1' } }), { version: 'x-1' });
  t.is(parse('BOOKMARK', { metadata: { resourceVersion: 7 } }), null);
});

test('E7: a bookmark as the API sends it, its lists null, is one', (t) => {
  const object = { metadata: { resourceVersion: '9' }, addressType: '', endpoints: null, ports: null };
  t.deepEqual(parse('BOOKMARK', object), { type: 'bookmark', version: '9' });
});

test('W4: an ERROR is told as what failed', (t) => {
  const event = parse('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
  t.is(event?.type === 'error' && event.failure.code, 'expired');
});

test('W6: what is no event is null', (t) => {
  for (const line of ['', '{', 'null', '[]', '7', '{}', '{"type":"ADDED"}', '{"type":"OTHER","object":{}}'])
    t.is(parseWatchEvent(line), null, line);
  t.is(parse('ADDED', { metadata: { ...metadata, name: '' } }), null);
  t.is(parse('ADDED', { metadata: { name: 'a' } }), null);
  t.is(parse('OTHER', { metadata }), null);
});

test('whatever the line, parsing it does not throw', (t) => {
  const type = fc.constantFrom('ADDED', 'BOOKMARK', 'ERROR', 'DELETED', 'x');
  fc.assert(
    fc.property(type, fc.anything(), fc.string(), (type, object, text) => {
      const event = parse(type, object);
      t.true(event === null || typeof event.type === 'string');
      parseWatchEvent(text);
    }),
  );
});
