import test from 'ava';
import { SessionIds } from '../../src/session/session-ids.ts';

test('every session has a number of its own', (t) => {
  const ids = new SessionIds('w1');
  t.is(new Set(Array.from({ length: 1000 }, () => ids.next())).size, 1000);
});

test('the text of an id begins with what tells the worker from all others', (t) => {
  t.is(new SessionIds('w1').text(1), 'w1-1');
  t.is(new SessionIds('w2').text(36), 'w2-10');
});

test('the bytes of an id are its text, and always fit into a UNIQUE_ID', (t) => {
  const ids = new SessionIds('0123456789ab');
  const last = Number.MAX_SAFE_INTEGER;
  t.is(Buffer.from(ids.bytes(last)).toString('latin1'), ids.text(last));
  t.true(ids.bytes(last).length <= 128);
});
