import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import type { SourceName } from '../../src/config/config.ts';
import { peerSources, poolSources, wantedSources } from '../../src/control/wanted-sources.ts';
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
  const found = poolSources(options({ to: [tcp(1), WEB, tcp(2), DNS] }));
  t.deepEqual(
    found.map((wanted) => (wanted.kind === 'addresses' ? wanted.addresses.length : wanted.name.text)),
    [2, 'k8s:shop/web:80', 'dns:web:80'],
  );
});

test('who asks for the same gets the same source, as a pool or as a list of peers', (t) => {
  const wanted = wantedSources([
    options({ to: [WEB], trust: sources(WEB), headerless: sources(DNS) }),
    options({ to: [WEB, DNS], forwardedTrust: sources(EDGE) }),
  ]);
  t.deepEqual(
    [...wanted.values()].map((each) => each.kind === 'name' && each.name.text),
    [WEB.text, DNS.text, EDGE.text],
  );
});

test('another family, or other bounds, are another source', (t) => {
  const keys = [
    options({ to: [WEB] }),
    options({ to: [WEB], family: '6' }),
    options({ to: [WEB], endpointCidrs: [parseCidr('10.0.0.0/8')!] }),
  ].map((each) => poolSources(each)[0]!.key);
  t.is(new Set(keys).size, 3);
  t.is(peerSources(sources(WEB))[0]!.key, keys[0]!);
});
