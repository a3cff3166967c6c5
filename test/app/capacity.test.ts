import test from 'ava';
import { sessionCapacity } from '../../src/app/capacity.ts';

const LIMITS = '/proc/self/limits';
const V2 = '/sys/fs/cgroup/memory.max';
const V1 = '/sys/fs/cgroup/memory/memory.limit_in_bytes';

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

/** What descriptors and memory allow, where the files say so; `waiting` 0. */
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
  t.is(capacity({ ...PLENTY, [V2]: `${64 * MIB}\n` }), 1024);
  t.is(capacity({ ...PLENTY, [V2]: `${64 * MIB - 1}\n` }), 1023);
});

test('64 KiB of the container’s memory a session, with cgroup v1', (t) => {
  t.is(capacity({ ...PLENTY, [V1]: `${64 * MIB}\n` }), 1024);
});

test('cgroup v2 wins where both are there', (t) => {
  t.is(capacity({ ...PLENTY, [V2]: `${64 * MIB}\n`, [V1]: `${MIB}\n` }), 1024);
});

test('a container without a limit of memory is bounded by descriptors alone', (t) => {
  const unbounded = capacity(PLENTY);
  // v1 has no word for it: it writes the greatest page that it can count.
  for (const files of [{ [V2]: 'max\n' }, { [V1]: '9223372036854771712\n' }, { [V2]: '' }, { [V2]: '0\n' }]) {
    t.is(capacity({ ...PLENTY, ...files }), unbounded, JSON.stringify(files));
  }
});

test('the scarcer of descriptors and memory decides', (t) => {
  t.is(capacity({ [LIMITS]: limits('456'), [V2]: `${64 * MIB}\n` }), 100);
  t.is(capacity({ [LIMITS]: limits('4096'), [V2]: `${MIB}\n` }), 16);
});

test('however little there is, one session is allowed', (t) => {
  t.is(capacity({ [LIMITS]: limits('64') }), 1);
  t.is(capacity({ [LIMITS]: limits('1024') }, 5000), 1);
  t.is(capacity({ ...PLENTY, [V2]: '4096\n' }), 1);
});

test('this very machine allows some whole number of sessions', (t) => {
  const real = sessionCapacity(0);
  t.true(Number.isInteger(real) && real >= 1, `${real}`);
});
