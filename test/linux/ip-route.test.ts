import { fromLinux, onLinuxAtOnce as onLinux } from './on-linux.ts';

const { parseRoute, RTN } = await fromLinux(() => import('../../src/linux/ip-route.ts'));

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
      hasGateway: false,
    });
  }
});

onLinux('the number of a table that needs more than a byte stands behind', (t) => {
  const table = [8, 0, 15, 0, 0xa0, 0x86, 1, 0];
  const to10 = [8, 0, 1, 0, 10, 0, 0, 0];
  const body = Uint8Array.from([...[2, 24, 0, 0, 252, 3, 253, 3], ...[0, 0, 0, 0], ...table, ...to10]);
  const { to, ...rest } = parseRoute(body);
  t.deepEqual([...to], [10, 0, 0, 0]);
  t.deepEqual(rest, {
    prefix: 24,
    type: RTN.BROADCAST,
    table: 100_000,
    index: 0,
    protocol: 3,
    hasGateway: false,
  });
});

onLinux(
  'a route by a gateway of its own family or of the other one is told from one to an attached network',
  (t) => {
    const attached = [...[2, 24, 0, 0, 254, 3, 0, 1], ...[0, 0, 0, 0], ...[8, 0, 1, 0, 10, 1, 0, 0]];
    const gateway = [8, 0, 5, 0, 10, 0, 0, 1];
    const via = [22, 0, 18, 0, 10, 0, 0xfe, 0x80, ...new Array<number>(13).fill(0), 1, 0, 0];
    t.deepEqual(
      [[], gateway, via].map((more) => parseRoute(Uint8Array.from([...attached, ...more])).hasGateway),
      [false, true, true],
    );
  },
);
