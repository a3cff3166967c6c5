import test from 'ava';
import fc from 'fast-check';
import { candidatesOf, endpoints, slotsOf } from './pool-parts.ts';

test('candidates walk the first list in a ring from the start, then the last list in its order', (t) => {
  t.deepEqual(slotsOf(candidatesOf(endpoints(4), endpoints(2, 10), 2, 100)), [2, 3, 0, 1, 10, 11]);
});

test('no more candidates are handed out than attempts were granted', (t) => {
  const candidates = candidatesOf(endpoints(4), endpoints(2, 10), 3, 3);
  t.deepEqual(slotsOf(candidates), [3, 0, 1]);
  t.is(candidates.next(), null);
});

test('candidates count what they handed out, and not the end', (t) => {
  const candidates = candidatesOf(endpoints(2), [], 0, 5);
  const tried = [candidates.tried];
  for (let call = 0; call < 4; call++) {
    candidates.next();
    tried.push(candidates.tried);
  }
  t.deepEqual(tried, [0, 1, 2, 2, 2]);
});

test('without a first list the last one is handed out, and without either nothing', (t) => {
  t.deepEqual(slotsOf(candidatesOf([], endpoints(3), 0, 2)), [0, 1]);
  t.is(candidatesOf([], [], 0, 3).next(), null);
});

test('no attempts means no candidate', (t) => {
  t.is(candidatesOf(endpoints(3), [], 0, 0).next(), null);
});

test('whatever the lists, candidates are the rotated first list and the last list, cut at the attempts', (t) => {
  const parts = fc.record({
    first: fc.nat(8),
    last: fc.nat(4),
    start: fc.nat(7),
    attempts: fc.nat(14),
  });
  fc.assert(
    fc.property(parts, ({ first, last, start, attempts }) => {
      const from = first === 0 ? 0 : start % first;
      const ring = endpoints(first).map(({ slot }) => slot);
      const expected = [
        ...ring.slice(from),
        ...ring.slice(0, from),
        ...endpoints(last, 100).map((e) => e.slot),
      ];
      const candidates = candidatesOf(endpoints(first), endpoints(last, 100), from, attempts);
      t.deepEqual(slotsOf(candidates), expected.slice(0, attempts));
    }),
  );
});

test('the one that follows is the one that is handed out next, and asking for it takes none', (t) => {
  const candidates = candidatesOf(endpoints(2), endpoints(1, 10), 1, 3);
  const seen: (number | undefined)[] = [];
  for (let call = 0; call < 4; call++) {
    seen.push(candidates.following?.slot, candidates.following?.slot);
    candidates.next();
  }
  t.deepEqual(seen, [1, 1, 0, 0, 10, 10, undefined, undefined]);
  t.is(candidates.tried, 3);
});
