import type { Cluster } from './cluster.ts';

/** Where a pod is met, plain. */
const POD_PORT = 9000;
const MARK = '0x4000';

/**
 * What kube-proxy does on every node with the addresses of a Service's status that have no `ipMode: Proxy`: it takes what is
 * sent there for its own, also from the node itself, and carries it to a pod. The proxy behind the address gets nothing.
 */
export function ingressRules({ nodes, pods }: Cluster, port: number): string {
  const rows = pods.map(({ address }, at) => `${at} : ${address} . ${POD_PORT}`);
  const addresses = nodes.map(({ address }) => address).join(', ');
  const rule = `ip daddr { ${addresses} } tcp dport ${port} meta mark set ${MARK} dnat to numgen random mod ${pods.length} map { ${rows.join(', ')} }`;
  return `
table ip ingress {
  chain incoming {
    type nat hook prerouting priority dstnat
    ${rule}
  }
  chain own {
    type nat hook output priority -100
    ${rule}
  }
  chain masquerading {
    type nat hook postrouting priority srcnat
    meta mark ${MARK} masquerade
  }
}
`;
}
