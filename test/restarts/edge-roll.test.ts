import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Cluster, type ClusterNode } from '../e2e/netns/cluster.ts';
import { IP, NAMESPACES, NFT } from '../e2e/netns/namespace.ts';
import { SteadyClients } from '../e2e/netns/steady-clients.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { folderFor, retry } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';
import { ask } from '../ops/ask.ts';

// The edges of `k8s/overlays/daemonset-hostnetwork` are replaced as its DaemonSet does it: node after node, with a surge of one.

/** So many nodes, with a pod each. */
const PODS = [1, 1, 1] as const;
const CLIENTS_PER_NODE = 4;
const PORT = 8443;
/** Visits of each client between two steps. */
const VISITS = 20;
/** Longer than the new edge takes to try the ops addresses again. */
const DRAIN_DELAY = '2s';

const cluster = testWith([IP, NFT], [NAMESPACES], test.serial);

/** The edge of a pod, and the socket that is its own. */
interface EdgePod {
  readonly herald: Program;
  readonly admin: string;
}

async function startEdge(t: ExecutionContext, { address, namespace, pods }: ClusterNode): Promise<EdgePod> {
  const admin = join(await folderFor(t), 'admin.sock');
  const flags = [
    `--listen :${PORT} --reuse-port --to ${pods[0]!.address}:9001 --present v2`,
    `--metrics ${address}:9464 --admin unix:${admin}`,
    `--drain-delay ${DRAIN_DELAY} --drain-timeout 10s`,
  ];
  const herald = await Program.start(t, `edge ${flags.join(' ')}`, { within: namespace.within });
  return { herald, admin };
}

/** As the readiness probe of the overlay asks. */
function isReady(t: ExecutionContext, { herald, admin }: EdgePod): Promise<void> {
  return retry(async () => {
    const { code, stderr } = await Program.run(t, `status --is ready --admin unix:${admin}`);
    if (code !== 0) throw new Error(stderr);
  }, herald);
}

async function sessions({ admin }: EdgePod): Promise<number> {
  const { body } = await ask({ kind: 'unix', path: admin }, '/status');
  return JSON.parse(body).listeners[0].opened;
}

function migrateHandshakes({ namespace }: ClusterNode): void {
  const file = '/proc/sys/net/ipv4/tcp_migrate_req';
  const [command, ...args] = [...namespace.within, 'sh', '-c', `[ ! -e ${file} ] || echo 1 > ${file}`];
  execFileSync(command!, args);
}

cluster('edges with --reuse-port are replaced node after node, and no client notices', async (t) => {
  const { nodes, clients, outside } = await Cluster.start(t, PODS, PODS.length * CLIENTS_PER_NODE);
  for (const node of nodes) migrateHandshakes(node);
  const before = await Promise.all(nodes.map((node) => startEdge(t, node)));
  const visits = clients.map((from, at) => ({ from, host: nodes[at % nodes.length]!.address, port: PORT }));
  const steady = SteadyClients.start(t, outside, visits);
  await steady.next(VISITS);
  for (const [at, node] of nodes.entries()) {
    const old = before[at]!;
    const next = await startEdge(t, node);
    await isReady(t, next);
    const served = await sessions(old);
    await steady.next(VISITS);
    t.true((await sessions(old)) > served && (await sessions(next)) > 0, 'both accept');

    old.herald.signal('SIGTERM');
    await next.herald.logged(({ msg }) => msg === '--metrics is open');
    t.is(old.herald.exit, null, 'its ops addresses go to the next one before it ends');
    t.deepEqual(await old.herald.exited, { code: 0, signal: null });
    await steady.next(VISITS);
  }
  const ended = await steady.finish();
  t.deepEqual(
    ended.filter(({ outcome }) => outcome.end !== 'served'),
    [],
  );
  t.true(ended.every(({ client, outcome }) => outcome.end === 'served' && outcome.saw === clients[client]));
  t.log(`${ended.length} connections`);
});
