import { type Addresses, POD_PORT, POD_RANGES, SERVICE } from './own-address-plan.ts';

// Rules of nftables that a node of a cluster has beside those of Herald.

/**
 * `cni`: what pods send out of the cluster gets the node's address, as the bridge plugin, ptp and kindnet set it. `flannel`: the four
 * rules of flannel. `flannel before 0.10`: the same without the exemption of what comes to the node's own pods. `kube-proxy`: what has
 * kube-proxy's mark.
 */
export type Masquerade = 'none' | 'cni' | 'flannel' | 'flannel, old' | 'kube-proxy';

export const MASQUERADES: readonly Masquerade[] = ['none', 'cni', 'flannel', 'flannel, old', 'kube-proxy'];

/** `own`: the ranges of the node's pods. */
export function masqueradeRules(kind: Masquerade, own: Addresses): string {
  if (kind === 'none') return '';
  const rules = ([4, 6] as const).flatMap((family) => {
    const ip = family === 4 ? 'ip' : 'ip6';
    const all = POD_RANGES[family];
    if (kind === 'cni') return [`${ip} saddr ${own[family]} ${ip} daddr != ${all} masquerade`];
    if (kind === 'kube-proxy') return ['meta mark & 0x4000 == 0x4000 masquerade'];
    return [
      `${ip} saddr ${all} ${ip} daddr ${all} return`,
      `${ip} saddr ${all} masquerade`,
      ...(kind === 'flannel' ? [`${ip} saddr != ${all} ${ip} daddr ${own[family]} return`] : []),
      `${ip} saddr != ${all} ${ip} daddr ${all} masquerade`,
    ];
  });
  return `table inet masquerading {
    chain postrouting {
      type nat hook postrouting priority srcnat
      ${rules.join('\n      ')}
    }
  }`;
}

/** Services as kube-proxy makes them, to the same port of the same pods: by an address of the Service, and by a port of the node. */
export function proxyRules(pods: readonly Addresses[]): string {
  const to = (family: 4 | 6) =>
    `numgen random mod ${pods.length} map { ${pods.map((each, at) => `${at} : ${each[family]} . ${POD_PORT}`).join(', ')} }`;
  const rules = ([4, 6] as const).flatMap((family) => {
    const ip = family === 4 ? 'ip' : 'ip6';
    return [
      `${ip} daddr ${SERVICE[family]} tcp dport ${POD_PORT} meta mark set meta mark | 0x4000 dnat ${ip} to ${to(family)}`,
      `fib daddr type local meta nfproto ipv${family} tcp dport { 30080, ${POD_PORT} } dnat ${ip} to ${to(family)}`,
    ];
  });
  return `table inet kube-proxy {
    chain prerouting { type nat hook prerouting priority dstnat
      ${rules.join('\n      ')}
    }
    chain output { type nat hook output priority -100
      ${rules.join('\n      ')}
    }
    chain forward { type filter hook forward priority 0
      ct state invalid drop
    }
  }`;
}
