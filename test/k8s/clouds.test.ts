import test from 'ava';
import { EDGES, objectsOf } from './heralds.ts';
import { argumentOf } from './overlays.ts';
import type { Fields } from './strategic-merge.ts';

// What makes each balancer send PROXY, and what it sends.
const CLOUDS: { readonly [overlay: string]: readonly [annotation: string, value: RegExp, expect: string] } = {
  'aws-nlb': [
    'service.beta.kubernetes.io/aws-load-balancer-target-group-attributes',
    // P6: with the client's address in the packet nobody could be trusted.
    /^proxy_protocol_v2\.enabled=true,preserve_client_ip\.enabled=false,/,
    'v2',
  ],
  'azure-pls': ['service.beta.kubernetes.io/azure-pls-proxy-protocol', /^true$/, 'v2'],
  digitalocean: ['service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol', /^true$/, 'any'],
  'gcp-proxy-nlb': ['cloud.google.com/neg', /^\{"exposed_ports":\{"443":/, 'v1'],
  hetzner: ['load-balancer.hetzner.cloud/uses-proxyprotocol', /^true$/, 'any'],
  ovh: ['loadbalancer.openstack.org/proxy-protocol', /^v2$/, 'v2'],
  scaleway: ['service.beta.kubernetes.io/scw-loadbalancer-proxy-protocol-v2', /^true$/, 'v2'],
};

for (const { overlay, herald } of EDGES) {
  const cloud = CLOUDS[overlay];
  test(`${overlay}: it ${cloud ? 'expects the header that its balancer is told to send' : 'expects no header'}`, (t) => {
    t.is(argumentOf(herald, '--accept-proxy'), cloud?.[2]);
    t.is(argumentOf(herald, '--trust') === undefined, cloud === undefined);
    if (cloud === undefined) return;
    const [annotation, value] = cloud;
    const service = objectsOf(overlay, 'Service').find(({ metadata }) => metadata.name === 'herald');
    t.regex(String((service!.metadata.annotations as Fields)[annotation]), value);
  });
}
