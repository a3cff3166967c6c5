import test from 'ava';
import { defaultThreads, listeningCapacity, sessionCapacity } from '../../src/app/capacity.ts';

const LIMITS = '/proc/self/limits';
const MEMORY_V2 = '/sys/fs/cgroup/memory.max';
const MEMORY_V1 = '/sys/fs/cgroup/memory/memory.limit_in_bytes';

/** As Linux writes it, with other rows that begin alike. */
function limits(soft: string): string {
  return [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max file size             unlimited            unlimited            bytes     ',
    'Max processes             127226               127226               processes ',
    `Max open files            ${soft.padEnd(21)}1048576              files     `,
    'Max locked memory         8388608              8388608              bytes     ',
    '',
  ].join('\n');
}

/** The capacity with these files, and `waiting` 0. */
function capacity(files: { [path: string]: string }, waiting = 0): number {
  return sessionCapacity(waiting, (path) => files[path]);
}

test('two descriptors a session, after 256 for the process itself', (t) => {
  t.is(capacity({ [LIMITS]: limits('1024') }), (1024 - 256) / 2);
  t.is(capacity({ [LIMITS]: limits('1048576') }), (1_048_576 - 256) / 2);
});

test('sockets that wait take a descriptor each', (t) => {
  t.is(capacity({ [LIMITS]: limits('1024') }, 511), Math.floor((1024 - 256 - 511) / 2));
});

test('a quarter of the descriptors that are left may listen', (t) => {
  const files: { [path: string]: string } = { [LIMITS]: limits('4000'), [MEMORY_V2]: '1000000\n' };
  const read = (path: string) => files[path];
  t.is(listeningCapacity(512, read), (4000 - 256 - 512) / 4);
});

test('with unlimited descriptors there is a number all the same', (t) => {
  t.is(capacity({ [LIMITS]: limits('unlimited') }), (2 ** 20 - 256) / 2);
});

test('where the system tells no limit of descriptors 4096 sessions are assumed', (t) => {
  t.is(capacity({}), 4096);
  t.is(capacity({ [LIMITS]: 'Max processes 1 1 processes\n' }), 4096);
});

const PLENTY = { [LIMITS]: limits('1048576') };
const MIB = 1024 * 1024;

test('64 KiB of the container’s memory a session, with cgroup v2', (t) => {
  t.is(capacity({ ...PLENTY, [MEMORY_V2]: `${64 * MIB}\n` }), 1024);
  t.is(capacity({ ...PLENTY, [MEMORY_V2]: `${64 * MIB - 1}\n` }), 1023);
});

test('64 KiB of the container’s memory a session, with cgroup v1', (t) => {
  t.is(capacity({ ...PLENTY, [MEMORY_V1]: `${64 * MIB}\n` }), 1024);
});

test('cgroup v2 wins where both are there', (t) => {
  t.is(capacity({ ...PLENTY, [MEMORY_V2]: `${64 * MIB}\n`, [MEMORY_V1]: `${MIB}\n` }), 1024);
});

test('a container without a limit of memory is bounded by descriptors alone', (t) => {
  const unbounded = capacity(PLENTY);
  // v1 has no word for "no limit": it writes the largest multiple of a page.
  for (const files of [
    { [MEMORY_V2]: 'max\n' },
    { [MEMORY_V1]: '9223372036854771712\n' },
    { [MEMORY_V2]: '' },
    { [MEMORY_V2]: '0\n' },
  ]) {
    t.is(capacity({ ...PLENTY, ...files }), unbounded, JSON.stringify(files));
  }
});

test('the scarcer of descriptors and memory decides', (t) => {
  t.is(capacity({ [LIMITS]: limits('456'), [MEMORY_V2]: `${64 * MIB}\n` }), 100);
  t.is(capacity({ [LIMITS]: limits('4096'), [MEMORY_V2]: `${MIB}\n` }), 16);
});

test('however little there is, one session is allowed', (t) => {
  t.is(capacity({ [LIMITS]: limits('64') }), 1);
  t.is(capacity({ [LIMITS]: limits('1024') }, 5000), 1);
  t.is(capacity({ ...PLENTY, [MEMORY_V2]: '4096\n' }), 1);
});

test('this very machine allows some whole number of sessions', (t) => {
  const real = sessionCapacity(0);
  t.true(Number.isInteger(real) && real >= 1, `${real}`);
});

const CPU_V2 = '/sys/fs/cgroup/cpu.max';
const CPU_V1 = '/sys/fs/cgroup/cpu/cpu.cfs_';

/** The threads with these files, on a host with 16 processors. */
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
    t.is(threads({ [CPU_V2]: text }), expected);
  });
}

for (const [quota, period, expected] of [
  ['-1\n', '100000\n', 4],
  ['100000\n', '100000\n', 1],
  ['250000\n', '100000\n', 3],
  ['20000\n', '100000\n', 1],
] as const) {
  test(`a quota of ${quota.trim()} of cgroup v1 is worth ${expected}`, (t) => {
    t.is(threads({ [`${CPU_V1}quota_us`]: quota, [`${CPU_V1}period_us`]: period }), expected);
  });
}

test('cgroup v2 wins where both are there, unless it sets no limit', (t) => {
  const v1 = { [`${CPU_V1}quota_us`]: '300000', [`${CPU_V1}period_us`]: '100000' };
  t.is(threads({ ...v1, [CPU_V2]: '200000 100000' }), 2);
  t.is(threads({ ...v1, [CPU_V2]: 'max 100000' }), 3);
});

test('a quota without its period says nothing', (t) => {
  t.is(threads({ [`${CPU_V1}quota_us`]: '100000' }), 4);
});

test('there are never more threads than the machine has processors, nor more than 4, nor none', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 5, 64].map((machine) => threads({}, machine)),
    [1, 2, 3, 4, 4, 4],
  );
  t.is(threads({ [CPU_V2]: '400000 100000' }, 2), 2);
  t.is(threads({ [CPU_V2]: '10000 100000' }, 1), 1);
});

test('on this machine it is from 1 to 4', (t) => {
  const here = defaultThreads();
  t.true(Number.isInteger(here) && here >= 1 && here <= 4, `${here}`);
});
