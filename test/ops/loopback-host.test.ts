import test from 'ava';
import { isLoopbackHost } from '../../src/ops/loopback-host.ts';

for (const host of [
  'localhost',
  'LOCALHOST:9465',
  '127.0.0.1',
  '127.0.0.1:9465',
  '127.3.2.1:80',
  '[::1]',
  '[::1]:9465',
  '[::ffff:127.0.0.1]:1',
]) {
  test(`the host ${host} is loopback`, (t) => t.true(isLoopbackHost(host)));
}

for (const host of [
  undefined,
  '',
  'example.org',
  'localhost.example.org',
  '127.0.0.1.example.org',
  '128.0.0.1',
  '10.0.0.1:9465',
  '[::2]:9465',
  '[fe80::1]',
  '::1',
  '0.0.0.0',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  'localhost:x',
  'localhost:80:80',
  'localhost.',
]) {
  test(`the host ${host} is not loopback`, (t) => t.false(isLoopbackHost(host)));
}
