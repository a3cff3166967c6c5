import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { parseIp } from '../../src/address/ip.ts';
import { ipSetHas } from '../../src/address/ip-set.ts';
import { resolvePeers } from '../../src/control/resolve-peers.ts';
import { known, stateOf } from './known.ts';

test('a list means its CIDRs and every address of its sources, of both families, and nobody else', (t) => {
  const list = { cidrs: [parseCidr('192.0.2.0/24')!], unix: false, names: [] };
  const addresses = [parseIp('10.0.0.1')!, parseIp('fd00::1')!];
  const set = resolvePeers(list, [stateOf([known('10.0.0.1')], { addresses }), stateOf([known('10.0.0.7')])]);
  const has = (ip: string) => ipSetHas(set, parseIp(ip)!);
  for (const ip of ['192.0.2.9', '10.0.0.1', 'fd00::1', '10.0.0.7']) t.true(has(ip), ip);
  for (const ip of ['10.0.0.2', 'fd00::2', '192.0.3.1']) t.false(has(ip), ip);
});

test('a source that knows nobody means nobody', (t) => {
  const set = resolvePeers({ cidrs: [], unix: false, names: [] }, [stateOf([])]);
  t.false(ipSetHas(set, parseIp('10.0.0.1')!));
});
