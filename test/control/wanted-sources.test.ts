import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { parseIp } from '../../src/address/ip.ts';
import { ipSetHas } from '../../src/address/ip-set.ts';
import type { SourceName } from '../../src/config/config.ts';
import { peerSources, poolSources, resolvePeers, wantedSources } from '../../src/control/wanted-sources.ts';
import { evenly } from '../config/evenly.ts';
import { known, stateOf } from './known.ts';
import { options, tcp } from './scripted-config.ts';

const WEB: SourceName = {
  kind: 'k8s',
  text: 'k8s:shop/web:80',
  namespace: 'shop',
  service: 'web',
  port: '80',
};
const DNS: SourceName = { kind: 'dns', text: 'dns:web:80', host: 'web', port: 80 };
const EDGE: SourceName = { kind: 'srv', text: 'srv:_proxy._tcp.edge', host: '_proxy._tcp.edge' };
const sources = (...names: readonly SourceName[]) => ({ cidrs: [], unix: false, names });

test('addresses are one source, and each name is one of its own', (t) => {
  const found = poolSources(options({ to: evenly(tcp(1), WEB, tcp(2), DNS) }));
  t.deepEqual(
    found.map((wanted) => (wanted.kind === 'addresses' ? wanted.addresses.length : wanted.name.text)),
    [2, 'k8s:shop/web:80', 'dns:web:80'],
  );
});

test('who asks for the same gets the same source, as a pool or as a list of peers', (t) => {
  const wanted = wantedSources([
    options({ to: evenly(WEB), trust: sources(WEB), headerless: sources(DNS) }),
    options({ to: evenly(WEB, DNS), forwardedTrust: sources(EDGE) }),
  ]);
  t.deepEqual(
    [...wanted.values()].map((each) => each.kind === 'name' && each.name.text),
    [WEB.text, DNS.text, EDGE.text],
  );
});

test('another family, or other bounds, are another source', (t) => {
  const keys = [
    options({ to: evenly(WEB) }),
    options({ to: evenly(WEB), family: '6' }),
    options({ to: evenly(WEB), endpointCidrs: [parseCidr('10.0.0.0/8')!] }),
  ].map((each) => poolSources(each)[0]!.key);
  t.is(new Set(keys).size, 3);
  t.is(peerSources(sources(WEB))[0]!.key, keys[0]!);
});

test('clients that are presented transparently have endpoints of both families, unless one is asked for', (t) => {
  const familyOf = (parts: Parameters<typeof options>[0]) => {
    const [wanted] = poolSources(options({ to: evenly(WEB), ...parts }));
    return wanted?.kind === 'name' && wanted.family;
  };
  t.is(familyOf({ present: 'transparent' }), 'both');
  t.is(familyOf({ present: 'transparent', family: '6' }), '6');
  t.is(familyOf({ present: 'v2' }), 'auto');
});

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
