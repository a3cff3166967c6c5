import test from 'ava';
import { createOpenFailures } from '../../src/controller/open-failures.ts';

const BUSY = new Map([['shop/web:443', 'the address is in use by another program']]);
const ONE = new Set(['shop/web:443']);
const NONE = new Map<string, string>();

test('G4: a port of another program is tried again after one second, then two, and at least once a minute', (t) => {
  const failures = createOpenFailures();
  const waits: number[] = [];
  let now = 0;
  for (let turn = 0; turn < 8; turn++) {
    failures.note(ONE, ONE, BUSY, now);
    waits.push(failures.nextRetryMs! - now);
    t.true(failures.isResting('shop/web:443', failures.nextRetryMs! - 1));
    now = failures.nextRetryMs!;
    t.false(failures.isResting('shop/web:443', now));
  }
  t.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});

test('a failure is over once the listener is open, or nobody wants it any more', (t) => {
  const failures = createOpenFailures();
  t.true(failures.note(ONE, ONE, BUSY, 0));
  t.false(failures.note(ONE, new Set(), NONE, 10), 'it rests');
  t.is(failures.current.size, 1);
  t.true(failures.note(ONE, ONE, NONE, 1000));
  t.is(failures.current.size, 0);
  t.is(failures.nextRetryMs, null);
  failures.note(ONE, ONE, BUSY, 2000);
  t.is(failures.nextRetryMs, 3000, 'the wait begins anew');
  failures.note(new Set(), new Set(), NONE, 2001);
  t.is(failures.nextRetryMs, null);
});

test('another reason is a change, and the same one is none', (t) => {
  const failures = createOpenFailures();
  t.true(failures.note(ONE, ONE, BUSY, 0));
  t.false(failures.note(ONE, ONE, BUSY, 1000));
  t.true(failures.note(ONE, ONE, new Map([['shop/web:443', 'it is not permitted']]), 3000));
  t.is(failures.current.get('shop/web:443'), 'it is not permitted');
});
