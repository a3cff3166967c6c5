// The trial of docs/decisions/0021: which wiring, masquerade and settings of a node the way back of a pod's answers works with, and which it
// does not, without Herald. Standard output: a row for each combination. Argument: how many connections each has.
import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import { NFT } from '../e2e/netns/namespace.ts';
import { OwnAddressCluster, type WiredNode } from '../e2e/netns/own-address-cluster.ts';
import { Dialer, tally } from '../e2e/netns/own-address-dialer.ts';
import { type Addresses, POD_PORT } from '../e2e/netns/own-address-plan.ts';
import { MASQUERADES, type Masquerade, masqueradeRules, proxyRules } from '../e2e/netns/own-address-rules.ts';
import { takeBack } from '../e2e/netns/own-address-take-back.ts';
import type { Wiring } from '../e2e/netns/own-address-wiring.ts';
import type { Owner } from '../helpers/peer-owner.ts';

const count = Number(process.env.HERALD_TRIAL ?? 100);
let owner: Owner;
let port = 20_000;

interface Place {
  readonly cluster: OwnAddressCluster;
  readonly node: WiredNode;
  readonly dialer: Dialer;
}

async function place(wiring: Wiring, hasRouter: boolean): Promise<Place> {
  const cluster = await OwnAddressCluster.start(owner, { pods: [2, 1, 0], wiring, clients: 10, hasRouter });
  const node = cluster.nodes[0]!;
  // What failed in one round would be sent again in the next ones.
  for (const pod of cluster.pods) pod.namespace.sysctl('ipv4/tcp_synack_retries=1');
  return { cluster, node, dialer: Dialer.start(owner, node.namespace) };
}

async function round({ cluster, node, dialer }: Place, family: 4 | 6, clients: readonly Addresses[]) {
  cluster.leaks();
  const dials = Array.from({ length: count }, (_, at) => ({
    from: clients[at % clients.length]![family],
    port: port + Math.floor(at / clients.length),
    to: node.pods[at % node.pods.length]!.addresses[family],
    toPort: POD_PORT,
  }));
  port += Math.ceil(count / clients.length);
  if (port > 60_000) port = 20_000;
  const found = tally(dials, await dialer.dial(dials, { timeoutMs: 500 }));
  // A SYN-ACK is sent again after a second: then there is no socket any more.
  if (found.right < count) await pause(1000);
  const { foreign, stray } = cluster.leaks();
  return { ...found, leaked: foreign + stray };
}

const own = ({ gateways }: WiredNode): Addresses => ({ 4: `${gateways[4]}/24`, 6: `${gateways[6]}/64` });
const sum = { right: 0, wrong: 0, timedOut: 0, failed: 0, leaked: 0 };

function tell(where: readonly string[], found: Awaited<ReturnType<typeof round>>): void {
  const { right, wrong, timedOut, failed, leaked, first } = found;
  for (const key of ['right', 'wrong', 'timedOut', 'failed', 'leaked'] as const) sum[key] += found[key];
  console.log(
    [
      where.join(', ').padEnd(74),
      `right ${right} wrong ${wrong} timed out ${timedOut} failed ${failed} left the node ${leaked}`,
      first,
    ].join('  '),
  );
}

test('trial', async (t) => {
  t.timeout(900_000);
  owner = t;
  for (const wiring of ['host route', 'bridge'] as const) {
    for (const hasRouter of [true, false]) {
      const at = await place(wiring, hasRouter);
      const { node, cluster } = at;
      const sets = { 'in the network': cluster.clients.near, beyond: cluster.clients.beyond };
      const way = hasRouter ? 'default route' : 'no default route';
      for (const family of [4, 6] as const) {
        for (const [name, clients] of Object.entries(sets))
          tell([wiring, way, `IPv${family}`, name, 'WITHOUT rules'], await round(at, family, clients));
      }
      const way2 = { table: 'trial', exemptsReverse: process.env.HERALD_EXEMPT === '1' };
      takeBack(node.namespace, way2);
      node.namespace.nft(proxyRules(cluster.pods.map(({ addresses }) => addresses)));
      for (const masquerade of MASQUERADES as readonly Masquerade[]) {
        if (masquerade !== 'none') node.namespace.nft(masqueradeRules(masquerade, own(node)));
        const filters = wiring === 'bridge' ? ['0', '1'] : ['-'];
        for (const filter of filters) {
          if (filter !== '-') {
            node.namespace.sysctl(
              ...['iptables', 'ip6tables'].map((name) => `bridge/bridge-nf-call-${name}=${filter}`),
            );
          }
          for (const rp of [0, 1, 2]) {
            for (const mark of [0, 1]) {
              const links = node.namespace.run('ls', '/proc/sys/net/ipv4/conf').trim().split(/\s+/);
              node.namespace.sysctl(
                ...links.flatMap((link) => [
                  `ipv4/conf/${link}/rp_filter=${rp}`,
                  `ipv4/conf/${link}/src_valid_mark=${mark}`,
                ]),
              );
              for (const family of [4, 6] as const) {
                if (family === 6 && (rp > 0 || mark > 0)) continue;
                for (const [name, clients] of Object.entries(sets)) {
                  tell(
                    [
                      wiring,
                      way,
                      `masquerade ${masquerade}`,
                      `bridge-nf ${filter}`,
                      `rp ${rp} mark ${mark}`,
                      `IPv${family}`,
                      name,
                    ],
                    await round(at, family, clients),
                  );
                }
              }
            }
          }
        }
        if (masquerade !== 'none') node.namespace.run(NFT.command, 'delete', 'table', 'inet', 'masquerading');
      }
      await at.dialer.stop('SIGKILL');
    }
  }
  console.log(JSON.stringify(sum));
  t.pass();
});
