import type { Namespace } from './namespace.ts';
import type { Addresses } from './own-address-plan.ts';

/**
 * How the pods of a node are wired. `host route`: each behind a pair of interfaces of its own, with a route to it alone, as ptp,
 * kindnet and Calico do it. `bridge`: all on one bridge of the node, as the bridge plugin and flannel do it.
 */
export type Wiring = 'host route' | 'bridge';

/** A node, as far as its pods are wired to it. */
export interface PodHost {
  readonly wiring: Wiring;
  /** Its addresses on the side of its pods. */
  readonly gateways: Addresses;
  readonly namespace: Namespace;
}

/** The bridge of the pods, as the bridge plugin calls it. */
const BRIDGE = 'cni0';

export function wireNode({ wiring, gateways, namespace }: PodHost): void {
  if (wiring === 'host route') return;
  namespace.ip(
    `link add name ${BRIDGE} type bridge`,
    `addr add ${gateways[4]}/24 dev ${BRIDGE}`,
    `addr add ${gateways[6]}/64 dev ${BRIDGE} nodad`,
    `link set ${BRIDGE} up`,
  );
}

/** The interface on the node's side is `veth` and the name of the pod. */
export function wirePod(
  { wiring, gateways, namespace }: PodHost,
  pod: Namespace,
  name: string,
  addresses: Addresses,
): void {
  const port = `veth${name}`;
  const [narrow, wide] = wiring === 'bridge' ? [24, 64] : [32, 128];
  // By the address, so that neighbours need not learn that a pod was replaced.
  const bytes = addresses[4].split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  pod.ip(
    `link add eth0 address 0a:58:${bytes.join(':')} type veth peer name ${port} netns ${namespace.name}`,
  );
  if (wiring === 'bridge') namespace.ip(`link set dev ${port} master ${BRIDGE}`, `link set dev ${port} up`);
  else {
    namespace.ip(
      `addr add ${gateways[4]}/32 dev ${port}`,
      `addr add ${gateways[6]}/128 dev ${port} nodad`,
      `link set dev ${port} up`,
      `route add ${addresses[4]}/32 dev ${port}`,
      `route add ${addresses[6]}/128 dev ${port}`,
    );
  }
  pod.ip(
    `addr add ${addresses[4]}/${narrow} dev eth0`,
    `addr add ${addresses[6]}/${wide} dev eth0 nodad`,
    'link set eth0 up',
    ...(wiring === 'bridge'
      ? []
      : [`route add ${gateways[4]} dev eth0 scope link`, `route add ${gateways[6]} dev eth0`]),
    `route add default via ${gateways[4]}`,
    `route add ::/0 via ${gateways[6]}`,
  );
}

/** What the CNI leaves when the pod is gone: nothing of it. */
export function unwirePod({ namespace }: PodHost, name: string): void {
  namespace.ip(`link del veth${name}`);
}
