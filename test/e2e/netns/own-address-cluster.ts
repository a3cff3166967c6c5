import { fileURLToPath } from 'node:url';
import type { Owner } from '../../helpers/peer-owner.ts';
import { PeerProcess } from '../../helpers/peer-process.ts';
import { Namespace, NFT } from './namespace.ts';
import { type Addresses, BEYOND } from './own-address-plan.ts';
import { type PodHost, type Wiring, wireNode, wirePod } from './own-address-wiring.ts';

export interface PodPlace {
  readonly name: string;
  readonly node: string;
  readonly addresses: Addresses;
  readonly namespace: Namespace;
}

/** A pod: an ordinary server that tells each connection whom it saw, and nothing else. */
export interface WiredPod extends PodPlace {
  readonly application: PeerProcess;
}

export interface WiredNode extends PodHost {
  readonly name: string;
  readonly addresses: Addresses;
  readonly pods: readonly WiredPod[];
}

const POD = fileURLToPath(new URL('./own-address-pod-process.js', import.meta.url));

export interface ClusterShape {
  /** For each node, how many pods it has. */
  readonly pods: readonly number[];
  readonly wiring: Wiring;
  /** Clients in the network of the nodes, and as many beyond the router. */
  readonly clients: number;
  /** Whether nodes have a default route, to the router; they have by default. */
  readonly hasRouter?: boolean;
}

/**
 * Nodes on one wire, with pods behind them that are wired as a CNI does it; clients on that wire, and others beyond a router.
 * Both families everywhere. `wire` sees every packet that leaves a node.
 */
export class OwnAddressCluster {
  readonly nodes: WiredNode[] = [];
  readonly wire: Namespace;
  /** Clients in the network of the nodes. */
  readonly outside: Namespace;
  /** The router, and the clients beyond it. */
  readonly beyond: Namespace;
  readonly clients: { readonly near: readonly Addresses[]; readonly beyond: readonly Addresses[] };
  readonly #owner: Owner;
  #counted: ReadonlyMap<string, number> = new Map();

  private constructor(owner: Owner, count: number) {
    this.#owner = owner;
    this.wire = Namespace.create(owner, 'wire');
    this.wire.ip('link add name lan type bridge', 'link set lan up');
    const numbers = Array.from({ length: count }, (_, at) => at);
    const near = numbers.map((at) => ({ 4: `198.18.0.${100 + at}`, 6: `2001:2::1:${at + 1}` }));
    const beyond = numbers.map((at) => ({ 4: `203.0.113.${100 + at}`, 6: `2001:db8:1::1:${at + 1}` }));
    this.clients = { near, beyond };
    this.outside = this.#station('outside', near, 24);
    this.beyond = this.#station('router', [{ 4: '198.18.0.254', 6: '2001:2::fe' }], 24);
    this.beyond.ip(
      ...beyond.flatMap((each) => [`addr add ${each[4]}/32 dev lo`, `addr add ${each[6]}/128 dev lo nodad`]),
    );
    this.outside.ip(`route add ${BEYOND[4]} via 198.18.0.254`, `route add ${BEYOND[6]} via 2001:2::fe`);
  }

  static async start(owner: Owner, shape: ClusterShape): Promise<OwnAddressCluster> {
    const cluster = new OwnAddressCluster(owner, shape.clients);
    const { pods, wiring, hasRouter = true } = shape;
    for (const [at, count] of pods.entries())
      cluster.#addNode(at, count, { wiring, hasRouter, nodes: pods.length });
    cluster.#watchWire();
    await Promise.all(cluster.pods.map(({ application }) => application.line(/^open$/)));
    return cluster;
  }

  get pods(): readonly WiredPod[] {
    return this.nodes.flatMap(({ pods }) => pods);
  }

  /** One pod more on a node, at the address of this number; `pods` does not have it. */
  async startPod(node: WiredNode, number: number, label = ''): Promise<WiredPod> {
    const pod = this.#pod(node, number, label);
    await pod.application.line(/^open$/);
    return pod;
  }

  /**
   * What left the nodes since the last time: all packets, those from an address that is not the node's, and those from the node's to a
   * client that are no answer of a listener of these ports.
   */
  leaks(listeners: readonly number[] = []): {
    readonly all: number;
    readonly foreign: number;
    readonly stray: number;
  } {
    const listed: { counter?: { name: string; packets: number } }[] = JSON.parse(
      this.wire.run(NFT.command, '-j', 'list', 'counters'),
    ).nftables;
    const counts = new Map(
      listed.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])),
    );
    const since = (name: string) => (counts.get(name) ?? 0) - (this.#counted.get(name) ?? 0);
    const sum = (kind: string) => this.nodes.reduce((all, node) => all + since(counterOf(kind, node)), 0);
    const answers = listeners.reduce((all, port) => all + sum(`port${port}`), 0);
    const leaks = { all: sum('all'), foreign: sum('foreign'), stray: sum('stray') - answers };
    this.#counted = counts;
    return leaks;
  }

  /** A machine on the wire, with `eth0`. */
  #station(label: string, addresses: readonly Addresses[], prefix: number): Namespace {
    const station = Namespace.create(this.#owner, label);
    station.plugInto(this.wire, 'lan', label);
    station.sysctl('ipv4/ip_forward=1', 'ipv6/conf/all/forwarding=1');
    station.ip(
      ...addresses.flatMap((each) => [
        `addr add ${each[4]}/${prefix} dev eth0`,
        `addr add ${each[6]}/64 dev eth0 nodad`,
      ]),
      // Pods are reached through their nodes.
      ...Array.from({ length: 3 }, (_, at) => [
        `route add 198.19.${at + 1}.0/24 via 198.18.0.${at + 1}`,
        `route add 2001:2:1:${at + 1}::/64 via 2001:2::${at + 1}`,
      ]).flat(),
    );
    return station;
  }

  #addNode(at: number, count: number, more: { wiring: Wiring; hasRouter: boolean; nodes: number }): void {
    const number = at + 1;
    const name = `node-${'abcdefgh'[at]}`;
    const addresses = { 4: `198.18.0.${number}`, 6: `2001:2::${number}` };
    const gateways = { 4: `198.19.${number}.1`, 6: `2001:2:1:${number}::1` };
    const namespace = Namespace.create(this.#owner, name);
    namespace.plugInto(this.wire, 'lan', name);
    namespace.sysctl('ipv4/ip_forward=1', 'ipv6/conf/all/forwarding=1');
    const others = Array.from({ length: more.nodes }, (_, other) => other + 1).filter(
      (each) => each !== number,
    );
    namespace.ip(
      `addr add ${addresses[4]}/24 dev eth0`,
      `addr add ${addresses[6]}/64 dev eth0 nodad`,
      ...others.flatMap((other) => [
        `route add 198.19.${other}.0/24 via 198.18.0.${other}`,
        `route add 2001:2:1:${other}::/64 via 2001:2::${other}`,
      ]),
      ...(more.hasRouter ? ['route add default via 198.18.0.254', 'route add ::/0 via 2001:2::fe'] : []),
    );
    const pods: WiredPod[] = [];
    const node: WiredNode = { name, addresses, gateways, wiring: more.wiring, namespace, pods };
    wireNode(node);
    for (let pod = 1; pod <= count; pod++) pods.push(this.#pod(node, pod));
    this.nodes.push(node);
  }

  /** A pod without an application, at the address of this number. */
  emptyPod(node: WiredNode, number: number, name: string): PodPlace {
    const addresses = {
      4: node.gateways[4].replace(/1$/, `${number + 1}`),
      6: node.gateways[6].replace(/1$/, `${number + 1}`),
    };
    const namespace = Namespace.create(this.#owner, `pod-${name}`);
    wirePod(node, namespace, name, addresses);
    return { name, node: node.name, addresses, namespace };
  }

  #pod(node: WiredNode, number: number, label = ''): WiredPod {
    const place = this.emptyPod(node, number, `${node.name.at(-1)}${number}${label}`);
    const { name, addresses, namespace } = place;
    const application = new PeerProcess(process.execPath, [POD, name, addresses[4], addresses[6]], {
      within: namespace.within,
    });
    this.#owner.teardown(() => application.stop('SIGKILL'));
    return { ...place, application };
  }

  /** Counters of what comes from each node onto the wire, before anything of the wire can drop it. */
  #watchWire(): void {
    const clients = {
      4: '{ 198.18.0.100-198.18.0.199, 203.0.113.0/24 }',
      6: '{ 2001:2::1:0/112, 2001:db8:1::/64 }',
    };
    const ports = [8443, 8444, 8445, 8446];
    const kinds = ['all', 'foreign', 'stray', ...ports.map((port) => `port${port}`)];
    const chains = this.nodes.map((node) => {
      const count = (kind: string) => `counter name ${counterOf(kind, node)}`;
      const { name, addresses } = node;
      const answers = (ip: string, own: string, range: string) =>
        ports.map(
          (port) => `${ip} saddr ${own} ${ip} daddr ${range} tcp sport ${port} ${count(`port${port}`)}`,
        );
      return `chain ${name.replace('-', '')} {
        type filter hook ingress device ${name} priority 0
        meta protocol { ip, ip6 } ${count('all')}
        meta protocol ip ip saddr != ${addresses[4]} ${count('foreign')}
        meta protocol ip6 ip6 saddr != { ${addresses[6]}, fe80::/10, :: } ${count('foreign')}
        ip saddr ${addresses[4]} ip daddr ${clients[4]} ${count('stray')}
        ip6 saddr ${addresses[6]} ip6 daddr ${clients[6]} meta l4proto != icmpv6 ${count('stray')}
        ${[...answers('ip', addresses[4], clients[4]), ...answers('ip6', addresses[6], clients[6])].join('\n        ')}
      }`;
    });
    const names = this.nodes.flatMap((node) => kinds.map((kind) => counterOf(kind, node)));
    this.wire.nft(`table netdev leaks {
      ${names.map((name) => `counter ${name} { }`).join('\n      ')}
      ${chains.join('\n      ')}
    }`);
  }
}

function counterOf(kind: string, { name }: WiredNode): string {
  return `${kind}_${name.replace('-', '')}`;
}
