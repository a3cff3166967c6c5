import { networkInterfaces } from 'node:os';
import { parseIp } from '../../src/address/ip.ts';
import { ipSetHas } from '../../src/address/ip-set.ts';
import { fromLinux, leavesNothingOpen, onLinux } from '../linux/on-linux.ts';

const { Netlink } = await fromLinux(() => import('../../src/linux/netlink.ts'));
const { readHostAddresses } = await fromLinux(() => import('../../src/transparent/read-host-addresses.ts'));

leavesNothingOpen();

onLinux('every address that an interface has is this host, and its broadcasts are nobody', (t) => {
  const netlink = new Netlink();
  t.teardown(() => netlink.close());
  const sets = readHostAddresses(netlink);
  if (typeof sets === 'number') return t.fail(`errno ${-sets}`);
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  t.true(addresses.length > 0);
  for (const { address } of addresses) t.true(ipSetHas(sets.own, parseIp(address)!), address);
  t.true(ipSetHas(sets.own, parseIp('127.9.9.9')!));
  t.true(ipSetHas(sets.shared, parseIp('127.255.255.255')!));
  for (const stranger of ['203.0.113.77', '2001:db8::77']) {
    t.false(ipSetHas(sets.own, parseIp(stranger)!));
    t.false(ipSetHas(sets.shared, parseIp(stranger)!));
  }
});
