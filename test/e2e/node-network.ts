import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IPROUTE, NAMESPACES, Namespace } from '../helpers/namespace.ts';
import { type OrdinaryServer, startOrdinaryServer } from '../helpers/ordinary-server.ts';
import { installed, type Need, testWith } from '../helpers/peer-installed.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import { Program } from '../helpers/program.ts';

export const NFT = installed('nft');
const UNSHARE = installed('unshare');
const DIAL = fileURLToPath(new URL('../helpers/transparent-dial.js', import.meta.url));
/** Whether the kernel has what the node routes consist of. */
const NODE_ROUTES: Need = { missing: NAMESPACES.missing ?? NFT.missing ?? whyNot() };

function whyNot(): string | null {
  const rules =
    'table inet t { chain c { type filter hook prerouting priority mangle; meta l4proto tcp socket transparent 1 accept; }; }';
  const { status } = spawnSync(UNSHARE.command, ['--net', NFT.command, rules]);
  return status === 0 ? null : 'this kernel has no nftables that can find transparent sockets';
}

/** A test of the routes of a node: skipped, with the reason, where namespaces, nft or the kernel's part are missing. */
export const withNodeRoutes = testWith([IPROUTE], [NODE_ROUTES]);

/** `nft …` in a namespace; returns what it prints. */
export function nft(namespace: Namespace, command: string): string {
  const [program, ...args] = [...namespace.prefix, NFT.command, command];
  const { status, stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`nft ${command}: ${stderr}`);
  return stdout;
}

/** All that `herald routes` could change in a namespace. */
export function everything(namespace: Namespace): string {
  const lines = ['rule', '-6 rule', 'route show table all', '-6 route show table all'].flatMap((each) =>
    namespace.ip(each),
  );
  return nft(namespace, 'list ruleset') + lines.join('\n');
}

export function runRoutes(
  owner: Owner,
  namespace: Namespace,
  command: string,
  before: readonly string[] = [],
) {
  return Program.run(owner, `routes ${command}`, { prefix: [...namespace.prefix, ...before] });
}

/** The states of the parts: the table of nftables, then five rules and a route of each family. */
export async function statesOf(
  owner: Owner,
  namespace: Namespace,
  command: string,
): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runRoutes(owner, namespace, `${command} --json`);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout).parts.map(({ state }: { state: string }) => state);
}

/** These states where the table of nftables has one, and the other parts another. */
export function states(table: string, others = table): readonly string[] {
  return [table, ...new Array<string>(12).fill(others)];
}

export const POD = { 4: '10.9.0.5', 6: 'fd09::5' } as const;

/**
 * A node with a default route that leads nowhere, and a pod behind a wire with a host route, as many CNIs have it, or on a bridge; in the
 * pod an ordinary server on each family.
 */
export async function startNode(owner: Owner, { bridge = false } = {}) {
  const node = await Namespace.create(owner);
  const pod = await Namespace.create(owner);
  for (const namespace of [node, pod]) setSysctl(namespace, 'ipv6/conf/default/accept_dad', 0);
  if (bridge) {
    node.connectTo(pod, [], ['10.9.0.5/24', 'fd09::5/64']);
    node.ip('link add pods type bridge');
    node.ip('link set wire master pods');
    node.ip('link set pods up');
    node.ip('address add 10.9.0.1/24 dev pods');
    node.ip('address add fd09::1/64 dev pods nodad');
  } else {
    node.connectTo(pod, ['10.9.0.1/32', 'fd09::1/128'], ['10.9.0.5/32', 'fd09::5/128']);
    node.ip('route add 10.9.0.5/32 dev wire');
    node.ip('-6 route add fd09::5/128 dev wire');
    pod.ip('route add 10.9.0.1 dev wire');
    pod.ip('-6 route add fd09::1 dev wire');
  }
  node.ip('link add uplink type veth peer name nowhere');
  for (const link of ['uplink', 'nowhere']) node.ip(`link set ${link} up`);
  node.ip('address add 192.0.2.2/24 dev uplink');
  node.ip('route add default via 192.0.2.1');
  node.ip('address add 2001:db8:2::2/64 dev uplink nodad');
  node.ip('-6 route add default via 2001:db8:2::1');
  pod.ip('route add default via 10.9.0.1');
  pod.ip('-6 route add default via fd09::1');
  setSysctl(node, 'ipv4/ip_forward', 1);
  setSysctl(node, 'ipv6/conf/all/forwarding', 1);
  const server = await startOrdinaryServer(owner, pod, [POD[4], POD[6]]);
  return { node, pod, server };
}

/** A network that the node has a wire to: it is 198.51.100.1 there, and the only machine in there is 198.51.100.2. */
export async function startOutside(owner: Owner, node: Namespace): Promise<Namespace> {
  const outside = await Namespace.create(owner);
  const path = outside.prefix.find((word) => word.startsWith('--net='))!.slice('--net='.length);
  node.ip(`link add outside type veth peer name eth0 netns ${path}`);
  node.ip('link set outside up');
  node.ip('address add 198.51.100.1/24 dev outside');
  outside.ip('link set eth0 up');
  outside.ip('address add 198.51.100.2/24 dev eth0');
  outside.ip('route add default via 198.51.100.1');
  return outside;
}

export function setSysctl(namespace: Namespace, name: string, value: number): void {
  const [program, ...args] = [...namespace.prefix, 'sh', '-c', `echo ${value} > /proc/sys/net/${name}`];
  const { status, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
}

/** Whom a server saw of a client that came from this address; null if nothing came in this time. */
export async function dialFrom(
  owner: Owner,
  namespace: Namespace,
  from: string,
  [to, port]: readonly [ip: string, port: number],
  withinMs = 10_000,
): Promise<string | null> {
  const args = [DIAL, from, to, String(port), String(withinMs)];
  const { stdout, stderr } = await namespace.run(owner, process.execPath, args);
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout)?.address ?? null;
}

/** Where the server of the pod listens, by family. */
export function addressesOf({ ports }: OrdinaryServer): readonly (readonly [ip: string, port: number])[] {
  return [
    [POD[4], ports[0]!],
    [POD[6], ports[1]!],
  ];
}
