import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import test from 'ava';
import { ERRNO, errnoName } from '../../src/linux/errno.ts';
import { onLinux } from './on-linux.ts';

onLinux('every number is the one that Node knows by that name', (t) => {
  const names = Object.keys(ERRNO) as (keyof typeof ERRNO)[];
  t.true(names.length > 20);
  const { errno } = constants as { errno: { readonly [name: string]: number } };
  const known = new Map(Object.entries(errno));
  // Of EHOSTDOWN only libuv knows.
  for (const [number, [name]] of getSystemErrorMap()) known.set(name, -number);
  for (const name of names) t.is(ERRNO[name] as number, known.get(name)!, name);
});

test('a number has its name', (t) => {
  const entries = Object.entries(ERRNO);
  t.true(entries.length > 20);
  for (const [name, number] of entries) t.is(errnoName(number), name);
});

test('no two names are one number', (t) => {
  const numbers = Object.values(ERRNO);
  t.is(new Set(numbers).size, numbers.length);
});

test('a number without a name says itself', (t) => {
  t.is(errnoName(8), 'E8');
  t.is(errnoName(0), 'E0');
  t.is(errnoName(4095), 'E4095');
});
