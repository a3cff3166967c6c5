import { join } from 'node:path';
import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { folderFor, retry } from '../../helpers/peer-start.ts';
import { Program } from '../../helpers/program.ts';
import { ask } from '../../ops/ask.ts';
import { edgeService, endpointsOf, namespace, node, plainService } from '../gateway/objects.ts';
import { GatewayApi } from './gateway-api.ts';
import { OwnAddressCluster, type PodPlace, type WiredNode } from './own-address-cluster.ts';
import { HOP_PORT, LISTENER_PORT, POD_PORT } from './own-address-plan.ts';
import { masqueradeRules, proxyRules } from './own-address-rules.ts';
import type { Wiring } from './own-address-wiring.ts';

/** Its place among the pods of a node; none of the Service has it. */
const ECHO_NUMBER = 50;
const ECHO_PORT = 8080;
const FAMILIES = [4, 6] as const;
const PROOF_MS = 20_000;

/** Herald on one node, and beside it what keeps the routes of the node. */
export interface NodeHerald {
  readonly node: WiredNode;
  readonly herald: Program;
  readonly routes: Program;
  readonly folder: string;
}

/** `herald gateway` on each node of a cluster, for a Service whose pods are ordinary servers. */
export class OwnAddressWorld {
  readonly cluster: OwnAddressCluster;
  readonly api: GatewayApi;
  readonly heralds: readonly NodeHerald[];

  #echoes: readonly PodPlace[];

  private constructor(
    cluster: OwnAddressCluster,
    api: GatewayApi,
    heralds: readonly NodeHerald[],
    echoes: readonly PodPlace[],
  ) {
    this.cluster = cluster;
    this.#echoes = echoes;
    this.api = api;
    this.heralds = heralds;
  }

  static async start(
    owner: Owner,
    wiring: Wiring,
    pods: readonly number[] = [1, 4, 0],
  ): Promise<OwnAddressWorld> {
    const cluster = await OwnAddressCluster.start(owner, { pods, wiring, clients: 9 });
    for (const each of cluster.nodes) harden(each, cluster);
    const echoes = await Promise.all(
      cluster.nodes.map((each) => startEcho(owner, cluster, each, ECHO_NUMBER)),
    );
    const api = await GatewayApi.start(owner, cluster);
    api.put(...objectsOf(cluster, echoes));
    const heralds = await Promise.all(cluster.nodes.map((each) => startHerald(owner, each, api)));
    const world = new OwnAddressWorld(cluster, api, heralds, echoes);
    // A proof that fails at first is tried again after seconds.
    await api.within(PROOF_MS, () => world.knows(cluster.pods.length * FAMILIES.length));
    await api.within(PROOF_MS, () => world.#areKnown());
    return world;
  }

  /** What each Herald has said so far, for the error of a test. */
  #said(): string {
    const lines = this.heralds.flatMap(({ node, herald }) =>
      herald.log.map(({ msg }) => `${node.name}: ${msg}`),
    );
    return lines.join('\n');
  }

  /** Publishes these pods of the Service, and no others. */
  publish(pods: readonly PodPlace[]): void {
    this.api.put(...slicesOf('shop', 'own', pods, POD_PORT));
  }

  /** Replaces the echo of a node by another one, for which the node proves itself at once. */
  async replaceEcho(owner: Owner, on: WiredNode): Promise<void> {
    const fresh = await startEcho(owner, this.cluster, on, ECHO_NUMBER + this.#echoes.length);
    this.#echoes = [...this.#echoes, fresh];
    const now = this.#echoes.filter((each) => each.node !== on.name || each === fresh);
    this.api.put(...slicesOf('herald', 'echo', now, ECHO_PORT));
  }

  /** Resolves once every Herald, or one, may use so many endpoints of the Service. */
  async knows(usable: number, heralds: readonly NodeHerald[] = this.heralds): Promise<void> {
    const looks = heralds.map(({ herald, folder, node: { name } }) =>
      retry(async () => {
        const { body } = await ask({ kind: 'unix', path: join(folder, 'admin') }, '/endpoints');
        const pools: readonly { listener: string; endpoints: readonly { usable: boolean }[] }[] =
          JSON.parse(body).pools;
        const pool = pools.find(({ listener }) => listener === `shop/own:${LISTENER_PORT}`);
        const count = pool?.endpoints.filter((each) => each.usable).length;
        if (count !== usable)
          throw new Error(`${name} may use ${count} endpoints, not ${usable}: ${this.#said()}`);
      }, herald),
    );
    await Promise.all(looks);
  }

  /** Resolves once every Herald knows of all that they have proven themselves: until then it believes no header of theirs. */
  async #areKnown(): Promise<void> {
    const looks = this.heralds.map(({ herald, folder, node: { name } }) =>
      retry(async () => {
        const { body } = await ask({ kind: 'unix', path: join(folder, 'admin') }, '/status');
        const { capable } = JSON.parse(body).hops;
        if (capable !== this.heralds.length) throw new Error(`${name} knows of ${capable}: ${this.#said()}`);
      }, herald),
    );
    await Promise.all(looks);
  }

  /** Why this Herald has refused the peer with this port. */
  async refusal({ folder, herald }: NodeHerald, port: number): Promise<string> {
    return retry(async () => {
      const { body } = await ask({ kind: 'unix', path: join(folder, 'admin') }, '/refused');
      const all: readonly { peer: string; reason: string }[] = JSON.parse(body).refused;
      const found = all.find((each) => each.peer.endsWith(`:${port}`));
      if (found === undefined) throw new Error(`nobody was refused who came from port ${port}: ${body}`);
      return found.reason;
    }, herald);
  }

  /** How often sessions of each Herald ended for each reason, and what it complained of: for the log of a test. */
  async endings(): Promise<string> {
    const all = this.heralds.map(async ({ node, folder, herald }) => {
      const { body } = await ask({ kind: 'unix', path: join(folder, 'metrics') }, '/metrics');
      const found = [
        ...body.matchAll(/^herald_sessions_closed_total\{listener="([^"]+)",reason="(\w+)"\} ([1-9]\d*)$/gm),
      ];
      const counts = found.map(([, listener, reason, count]) => `${listener} ${reason} ${count}`);
      return `${node.name}: ${counts.join(', ')}\n${herald.complaints.map(({ msg }) => `  ${msg}`).join('\n')}`;
    });
    return (await Promise.all(all)).join('\n');
  }

  /** The sum of a metric of one Herald over the lines that match. */
  async metric({ folder }: NodeHerald, line: RegExp): Promise<number> {
    const { body } = await ask({ kind: 'unix', path: join(folder, 'metrics') }, '/metrics');
    return body
      .split('\n')
      .filter((each) => line.test(each))
      .reduce((sum, each) => sum + Number(each.slice(each.lastIndexOf(' '))), 0);
  }
}

/** What makes it hard: the filters of reverse paths at their strictest, and the rules of a CNI and of a kube-proxy. */
function harden({ namespace, gateways }: WiredNode, cluster: OwnAddressCluster): void {
  const settings = ['rp_filter=1', 'src_valid_mark=1'];
  namespace.sysctl(...settings.map((setting) => `ipv4/conf/all/${setting}`));
  namespace.nft(masqueradeRules('cni', { 4: `${gateways[4]}/24`, 6: `${gateways[6]}/64` }));
  namespace.nft(proxyRules(cluster.pods.map(({ addresses }) => addresses)));
}

function objectsOf(cluster: OwnAddressCluster, echoes: readonly PodPlace[]): readonly ApiObject[] {
  const families = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' };
  return [
    ...['herald', 'shop'].map((name) => namespace(name)),
    ...cluster.nodes.map(({ name, addresses }) => node(name, addresses[4])),
    edgeService('shop', 'own', {
      port: LISTENER_PORT,
      annotations: { 'herald/present': 'transparent' },
      spec: { externalTrafficPolicy: 'Cluster', ...families },
    }),
    ...slicesOf('shop', 'own', cluster.pods, POD_PORT),
    plainService('herald', 'echo', { spec: families }),
    ...slicesOf('herald', 'echo', echoes, ECHO_PORT),
  ];
}

function slicesOf(
  place: string,
  service: string,
  pods: readonly PodPlace[],
  port: number,
): readonly ApiObject[] {
  return FAMILIES.map((family) => {
    const entries = pods.map(({ addresses, name, node: nodeName }) => ({
      ...{ ip: addresses[family], nodeName },
      pod: { namespace: place, name },
    }));
    const slice = endpointsOf(place, service, entries);
    return {
      ...slice,
      metadata: { ...slice.metadata, name: `${service}-${family}` },
      addressType: `IPv${family}`,
      ports: [{ name: 'main', port, protocol: 'TCP' }],
    };
  });
}

async function startEcho(
  owner: Owner,
  cluster: OwnAddressCluster,
  on: WiredNode,
  number: number,
): Promise<PodPlace> {
  const pod = cluster.emptyPod(on, number, `echo-${on.name.at(-1)}${number}`);
  const echo = Program.spawn(owner, `echo --listen :${ECHO_PORT}`, { within: pod.namespace.within });
  await echo.line(/./);
  return pod;
}

async function startHerald(owner: Owner, on: WiredNode, api: GatewayApi): Promise<NodeHerald> {
  const { within } = on.namespace;
  const routes = Program.spawn(owner, `routes up --node --guard ${HOP_PORT} --keep`, { within });
  await routes.line(/./);
  const folder = await folderFor(owner);
  const flags = [
    '--namespaces all --default-present none --publish nodes',
    `--node-name ${on.name} --kubeconfig ${api.kubeconfig}`,
    `--hop-listen ${on.addresses[4]}:${HOP_PORT} --node-echo k8s:herald/echo:main`,
    `--metrics unix:${folder}/metrics --admin unix:${folder}/admin`,
    // One thread: its turn round the endpoints is then exact.
    '--threads 1 --drain-delay 0s --drain-timeout 1s',
  ];
  const herald = Program.spawn(owner, `gateway ${flags.join(' ')}`, {
    within,
    env: {
      NODE_NAME: on.name,
      POD_NAME: `herald-gateway-${on.name}`,
      POD_NAMESPACE: 'herald',
      POD_UID: `00000000-0000-4000-8000-${on.addresses[4].replaceAll('.', '').padStart(12, '0')}`,
    },
  });
  await herald.logged(({ msg }) => msg === 'listening');
  return { node: on, herald, routes, folder };
}
