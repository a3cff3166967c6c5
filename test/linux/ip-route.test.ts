import test from 'ava';
import { fromLinux, LINUX } from './on-linux.ts';

const { parseRoute, RTN } = await fromLinux(() => import('../../src/linux/ip-route.ts'));

const onLinux = LINUX ? test : test.skip;

onLinux('a route that the kernel wrote without a destination is to everywhere', (t) => {
  for (const [family, length] of [
    [2, 4],
    [10, 16],
  ] as const) {
    const body = Uint8Array.from([
      family,
      ...[0, 0, 0, 123, 72, 254, 2],
      ...[0, 0, 0, 0],
      ...[8, 0, 4, 0, 1, 0, 0, 0],
    ]);
    t.deepEqual(parseRoute(body), {
      to: new Uint8Array(length),
      prefix: 0,
      type: RTN.LOCAL,
      table: 123,
      index: 1,
      protocol: 72,
    });
  }
});

onLinux('the number of a table that needs more than a byte stands behind', (t) => {
  const table = [8, 0, 15, 0, 0xa0, 0x86, 1, 0];
  const to10 = [8, 0, 1, 0, 10, 0, 0, 0];
  const body = Uint8Array.from([...[2, 24, 0, 0, 252, 3, 253, 3], ...[0, 0, 0, 0], ...table, ...to10]);
  const { to, ...rest } = parseRoute(body);
  t.deepEqual([...to], [10, 0, 0, 0]);
  t.deepEqual(rest, { prefix: 24, type: RTN.BROADCAST, table: 100_000, index: 0, protocol: 3 });
});
