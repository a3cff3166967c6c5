/** Ports of the nodes, one for each way into the Service. */
export const NODE_PORTS = {
  'NAT Cluster': 30_080,
  'NAT Local': 30_081,
  'Herald Cluster': 30_090,
  'Herald Local': 30_091,
} as const;

/** Where a pod is met, plain. */
const POD_PORT = 9000;
/** What kube-proxy puts on a packet whose source it is going to replace. */
const MARK = '0x4000';

/**
 * A Service of type NodePort as kube-proxy makes it on one node: a pod at random for each connection, all pods with
 * the node's address in the source's place (`Cluster`, rule C9), or those of the node with the source as it is
 * (`Local`); where others have pods and this node has none, the packet is dropped (C7).
 */
export function serviceRules(all: readonly string[], local: readonly string[]): string {
  const toLocal = local.length === 0 ? '' : `tcp dport ${NODE_PORTS['NAT Local']} dnat to ${pick(local)}`;
  const dropped = local.length > 0 ? '' : `tcp dport ${NODE_PORTS['NAT Local']} drop`;
  return `
table ip service {
  chain external {
    type filter hook prerouting priority -110
    ${dropped}
  }
  chain endpoints {
    type nat hook prerouting priority dstnat
    tcp dport ${NODE_PORTS['NAT Cluster']} meta mark set ${MARK} dnat to ${pick(all)}
    ${toLocal}
  }
  chain masquerading {
    type nat hook postrouting priority srcnat
    meta mark ${MARK} masquerade
  }
}
`;
}

function pick(pods: readonly string[]): string {
  const rows = pods.map((pod, at) => `${at} : ${pod} . ${POD_PORT}`);
  return `numgen random mod ${pods.length} map { ${rows.join(', ')} }`;
}
