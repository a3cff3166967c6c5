import { setTimeout as pause } from 'node:timers/promises';
import { type ClusterShape, OwnAddressCluster, type WiredNode } from '../e2e/netns/own-address-cluster.ts';
import { type Dial, Dialer, type DialOptions, type Tally, tally } from '../e2e/netns/own-address-dialer.ts';
import { type Addresses, POD_PORT } from '../e2e/netns/own-address-plan.ts';
import { DIAL_MARK, type TakeBack, takeBack } from '../e2e/netns/own-address-take-back.ts';
import type { Wiring } from '../e2e/netns/own-address-wiring.ts';
import type { Owner } from '../helpers/peer-owner.ts';

/** Link-local addresses of IPv6 are probed for duplicates first; until then a neighbour may not be found. */
const SETTLED_MS = 2000;
/** A SYN-ACK is sent again after a second, and finds no socket if its dial was given up. */
const LATE_MS = 1100;

/** What became of the dials, and how many packets of pods, or towards clients, left a node. */
export interface Found extends Tally {
  readonly left: number;
}

/** A node with two pods, without Herald: its pods are dialed from addresses of clients by a program in its network. */
export class TrialPlace {
  readonly cluster: OwnAddressCluster;
  readonly node: WiredNode;
  readonly dialer: Dialer;
  /** In the network of the nodes, and beyond the router. */
  readonly clients: readonly Addresses[];
  #port = 20_000;

  private constructor(cluster: OwnAddressCluster, dialer: Dialer) {
    this.cluster = cluster;
    this.node = cluster.nodes[0]!;
    this.dialer = dialer;
    this.clients = [...cluster.clients.near, ...cluster.clients.beyond];
  }

  static async start(
    owner: Owner,
    wiring: Wiring,
    kind: TakeBack | null,
    shape: Partial<ClusterShape> = {},
  ): Promise<TrialPlace> {
    const cluster = await OwnAddressCluster.start(owner, { pods: [2, 1, 0], wiring, clients: 10, ...shape });
    const node = cluster.nodes[0]!;
    // What failed in one round would be sent again in the next ones.
    for (const pod of cluster.pods) pod.namespace.sysctl('ipv4/tcp_synack_retries=1');
    if (kind !== null) takeBack(node.namespace, kind);
    await pause(SETTLED_MS);
    return new TrialPlace(cluster, Dialer.start(owner, node.namespace));
  }

  /** So many dials to the pods of the node, or to one of them, from each client in turn; no port is used twice. */
  dials(
    count: number,
    family: 4 | 6,
    more: { from?: readonly string[]; to?: string; toPort?: number } = {},
  ): readonly Dial[] {
    const { from = this.clients.map((each) => each[family]), to, toPort = POD_PORT } = more;
    const { pods } = this.node;
    const first = this.#port;
    this.#port += Math.ceil(count / from.length);
    if (this.#port > 60_000) this.#port = 20_000;
    return Array.from({ length: count }, (_, at) => ({
      from: from[at % from.length]!,
      port: first + Math.floor(at / from.length),
      to: to ?? pods[at % pods.length]!.addresses[family],
      toPort,
      mark: DIAL_MARK,
    }));
  }

  async dial(dials: readonly Dial[], options: DialOptions = {}): Promise<Found> {
    this.left();
    const found = tally(dials, await this.dialer.dial(dials, options));
    if (found.right < dials.length) await pause(LATE_MS);
    return { ...found, left: this.left() };
  }

  /** Since the last time. */
  left(): number {
    const { foreign, stray } = this.cluster.leaks();
    return foreign + stray;
  }
}
