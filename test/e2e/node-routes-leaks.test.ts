import { fileURLToPath } from 'node:url';
import { type Namespace, withOnly } from '../helpers/namespace.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import { Program } from '../helpers/program.ts';
import { dialFrom, nft, POD, startNode, states, statesOf, withNodeRoutes } from './node-network.ts';

const SERVER = fileURLToPath(new URL('../helpers/talking-server.js', import.meta.url));
const CLIENTS_OF = fileURLToPath(new URL('../helpers/claiming-clients.js', import.meta.url));
const CLIENTS = ['203.0.113.77', '2001:db8::77'] as const;
/** How many sessions of each address. */
const SESSIONS = 5;
/** How long a connection is waited for that does not come. */
const NOTHING_MS = 300;

/** Counts the TCP packets of this kind, of both families, in a namespace. */
function countPackets(namespace: Namespace, hook: string, rule: string): () => number {
  const chain = `type filter hook ${hook} priority 300; meta l4proto tcp ${rule};`;
  nft(namespace, `table inet counted { chain c { ${chain} }; }`);
  return () => Number(/packets (\d+)/.exec(nft(namespace, 'list table inet counted'))![1]);
}

/** A Herald on the node, with sessions of clients of each family to the pod, whose server has sent to each. */
async function startSessions(owner: Owner, node: Namespace, pod: Namespace) {
  const server = pod.start(owner, process.execPath, [SERVER, POD[4], POD[6]], { open: true });
  const [v4, v6] = (await server.line(/^ports /)).split(' ').slice(1);
  const herald = await Program.start(
    owner,
    `sidecar --listen 127.0.0.1:0 --to ${POD[4]}:${v4},[${POD[6]}]:${v6} --trust 127.0.0.1 --present transparent --access-log all --admin none --metrics none`,
    { prefix: [...node.prefix, ...withOnly('+net_raw')] },
  );
  const args = [CLIENTS_OF, `${herald.port()}`, `${SESSIONS}`, ...CLIENTS];
  const clients = node.start(owner, process.execPath, args, { open: true });
  await clients.line(/^open$/);
  return {
    /** Each client sends a byte, or resets. */
    tellClients: (line: 'say' | 'reset') => clients.child.stdin!.write(`${line}\n`),
    /** The server sends a byte in each session. */
    tellServer: () => server.child.stdin!.write('\n'),
    ended: () => herald.logged(({ reason }) => reason !== undefined, 2 * SESSIONS),
  };
}

/** How many packets of each family had no route, since the namespace began. */
async function unroutable(owner: Owner, node: Namespace): Promise<readonly number[]> {
  const { stdout } = await node.run(owner, 'cat', ['/proc/net/snmp', '/proc/net/snmp6']);
  const [names, values] = stdout.split('\n').filter((line) => line.startsWith('Ip: '));
  const at = names!.split(' ').indexOf('OutNoRoutes');
  return [Number(values!.split(' ')[at]), Number(/^Ip6OutNoRoutes\s+(\d+)/m.exec(stdout)![1])];
}

for (const bridge of [false, true]) {
  const wiring = bridge ? 'a bridge' : 'a wire of its own';
  withNodeRoutes(
    `what a pod on ${wiring} still sends when a session was reset is answered by the node, and does not leave it`,
    async (t) => {
      const { node, pod } = await startNode(t, { bridge });
      t.deepEqual(await statesOf(t, node, 'up --node'), states('herald'));
      const leaving = countPackets(node, 'postrouting', 'oifname "uplink" counter');
      // So that the pod goes on as if the reset were still on its way.
      const resets = countPackets(pod, 'input', 'tcp flags rst counter drop');
      const { tellClients, tellServer, ended } = await startSessions(t, node, pod);
      tellClients('reset');
      await ended();
      const before = resets();
      tellServer();
      while (resets() < before + 2 * SESSIONS) t.is(leaving(), 0);
      t.is(leaving(), 0);
      // What this is for.
      nft(node, 'flush chain inet herald-routes dials; flush chain inet herald-routes answers');
      tellServer();
      while (leaving() === 0);
      t.pass();
    },
  );
}

withNodeRoutes('if a pod goes away, nothing that is sent as a client leaves the node instead', async (t) => {
  const { node, pod } = await startNode(t);
  await statesOf(t, node, 'up --node');
  const leaving = countPackets(node, 'postrouting', 'oifname "uplink" counter');
  const { tellClients } = await startSessions(t, node, pod);
  const before = await unroutable(t, node);
  node.ip('link del wire');
  tellClients('say');
  for (;;) {
    const now = await unroutable(t, node);
    if (now.every((count, at) => count >= before[at]! + SESSIONS)) break;
  }
  for (const [at, ip] of [POD[4], POD[6]].entries()) {
    // ENETUNREACH
    await t.throwsAsync(dialFrom(t, node, CLIENTS[at]!, [ip, 9]), { message: /0,0,0,-101/ });
  }
  t.is(leaving(), 0);
  // What this is for.
  node.ip('rule del pref 5');
  t.is(await dialFrom(t, node, CLIENTS[0], [POD[4], 9], NOTHING_MS), null);
  t.true(leaving() > 0);
});
