import test from 'ava';
import { defaultThreads } from '../../src/app/processors.ts';

const V2 = '/sys/fs/cgroup/cpu.max';
const V1 = '/sys/fs/cgroup/cpu/cpu.cfs_';

/** Threads on a machine of 16 processors, where the files say so. */
function threads(files: { [path: string]: string }, machine = 16): number {
  return defaultThreads((path) => files[path], machine);
}

for (const [text, expected] of [
  ['max 100000\n', 4],
  ['100000 100000\n', 1],
  ['149000 100000\n', 1],
  ['150000 100000\n', 2],
  ['200000 100000\n', 2],
  ['300000 100000\n', 3],
  ['75000 25000\n', 3],
  ['1600000 100000\n', 4],
  ['10000 100000\n', 1],
  ['1000 100000\n', 1],
  ['', 4],
  ['nonsense\n', 4],
  ['0 100000\n', 4],
  ['100000 0\n', 4],
] as const) {
  test(`cpu.max ${JSON.stringify(text)} of cgroup v2 is worth ${expected} of at most 4 threads`, (t) => {
    t.is(threads({ [V2]: text }), expected);
  });
}

for (const [quota, period, expected] of [
  ['-1\n', '100000\n', 4],
  ['100000\n', '100000\n', 1],
  ['250000\n', '100000\n', 3],
  ['20000\n', '100000\n', 1],
] as const) {
  test(`a quota of ${quota.trim()} of cgroup v1 is worth ${expected}`, (t) => {
    t.is(threads({ [`${V1}quota_us`]: quota, [`${V1}period_us`]: period }), expected);
  });
}

test('cgroup v2 wins where both are there, unless it sets no limit', (t) => {
  const v1 = { [`${V1}quota_us`]: '300000', [`${V1}period_us`]: '100000' };
  t.is(threads({ ...v1, [V2]: '200000 100000' }), 2);
  t.is(threads({ ...v1, [V2]: 'max 100000' }), 3);
});

test('a quota without its period says nothing', (t) => {
  t.is(threads({ [`${V1}quota_us`]: '100000' }), 4);
});

test('there are never more threads than the machine has processors, nor more than 4, nor none', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 5, 64].map((machine) => threads({}, machine)),
    [1, 2, 3, 4, 4, 4],
  );
  t.is(threads({ [V2]: '400000 100000' }, 2), 2);
  t.is(threads({ [V2]: '10000 100000' }, 1), 1);
});

test('on this machine it is from 1 to 4', (t) => {
  const here = defaultThreads();
  t.true(Number.isInteger(here) && here >= 1 && here <= 4, `${here}`);
});
