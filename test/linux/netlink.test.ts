import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';

const { Netlink } = await fromLinux(() => import('../../src/linux/netlink.ts'));
const { listRoutes, lookUpRoute, RT_TABLE_LOCAL, RTN } = await fromLinux(
  () => import('../../src/linux/ip-route.ts'),
);
const { listRules } = await fromLinux(() => import('../../src/linux/ip-rule.ts'));

leavesNothingOpen();

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

onLinux('the table local holds loopback, as an address of its own and as a range', (t) => {
  const netlink = new Netlink();
  t.teardown(() => netlink.close());
  const routes = listRoutes(netlink, 4, RT_TABLE_LOCAL);
  if (typeof routes === 'number') return t.fail(`errno ${-routes}`);
  const loopback = routes.filter(({ to, type }) => to[0] === 127 && type === RTN.LOCAL);
  t.deepEqual(loopback.map(({ prefix }) => prefix).sort(), [32, 8]);
  t.true(routes.every(({ table, to }) => table === RT_TABLE_LOCAL && to.length === 4));
});

onLinux('a table that nobody has made is empty', (t) => {
  const netlink = new Netlink();
  t.teardown(() => netlink.close());
  t.deepEqual(listRoutes(netlink, 4, 54_321), []);
  t.deepEqual(listRoutes(netlink, 6, 54_321), []);
});

onLinux('rules can be read by everybody, as often as one likes', (t) => {
  const netlink = new Netlink();
  t.teardown(() => netlink.close());
  for (let round = 0; round < 100; round++) t.true(Array.isArray(listRules(netlink, 4)));
});

onLinux('the way to an address is asked for one by one', (t) => {
  const netlink = new Netlink();
  t.teardown(() => netlink.close());
  const route = lookUpRoute(netlink, LOOPBACK, LOOPBACK);
  if (typeof route === 'number') return t.fail(`errno ${-route}`);
  t.deepEqual([route.type, [...route.to]], [RTN.LOCAL, [...LOOPBACK]]);
});
