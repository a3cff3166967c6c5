import { readEcho } from '../../src/transparent/read-echo.ts';
import { Generations } from '../helpers/generations.ts';
import { Program } from '../helpers/program.ts';
import { latin } from '../session/headers.ts';
import { Node, onNode, POD } from './node.ts';

const CLAIM = 'PROXY TCP4 203.0.113.77 198.51.100.1 51234 443\r\n';
const GET = 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

/** What a whole Herald on the node answers: its status in words, and the lines of the metric. */
async function answers(t: Parameters<typeof Node.create>[0], node: Node, herald: Program) {
  const { prefix } = node.host;
  const status = await Program.run(t, `status --admin 127.0.0.1:${herald.opsPort('admin')}`, { prefix });
  const to = `127.0.0.1:${herald.opsPort('metrics')}`;
  const { text } = await node.host.visit(t, { to, bytes: GET });
  return {
    status: status.stdout.split('\n').slice(1, 2),
    metric: text.split('\n').filter((line) => line.startsWith('herald_node_presents')),
  };
}

const flags = (echo: string) =>
  `edge --listen :0 --to ${echo} --accept-proxy any --trust 127.0.0.1 --present transparent --node-echo ${echo} --admin 127.0.0.1:0 --metrics 127.0.0.1:0 --access-log all`;

onNode(
  'a whole Herald on a proven node carries a client to a pod, which sees the address of the client',
  async (t) => {
    const node = await Node.create(t);
    const { prefix } = node.host;
    t.is((await Program.run(t, 'routes up --node', { prefix })).code, 0);
    const { v4 } = await node.echo(t);
    const herald = await Program.start(t, flags(v4), { prefix });
    await herald.logged(({ msg }) => /presents clients over IPv4/.test(msg));
    const to = `127.0.0.1:${herald.port()}`;
    const { text } = await node.host.visit(t, { to, bytes: latin(`${CLAIM}${GET}`) });
    t.deepEqual(readEcho(text), { ip: Uint8Array.of(203, 0, 113, 77), port: 51_234 });
    t.deepEqual(await answers(t, node, herald), {
      status: ['this node presents clients over IPv4: an echo on it has proven it'],
      metric: ['herald_node_presents{family="ipv4"} 1'],
    });
    t.deepEqual(herald.complaints, []);
    t.is((await herald.stop()).code, 0);
  },
);

onNode('a node that is not proven gets no client, and tells it', async (t) => {
  const node = await Node.create(t);
  node.route();
  node.mark();
  // Nothing listens there.
  const herald = await Program.start(t, flags(`${POD}:9`), { prefix: node.host.prefix });
  await herald.logged(({ msg }) => /cannot present clients over IPv4/.test(msg));
  await herald.logged(({ msg }) => /no endpoint is on a node that can present clients/.test(msg));
  await node.host.visit(t, { to: `127.0.0.1:${herald.port()}`, bytes: CLAIM });
  t.is((await herald.logged(({ reason }) => reason !== undefined)).reason, 'no_capable_node');
  const { status, metric } = await answers(t, node, herald);
  t.deepEqual(status, [
    'this node cannot present clients over IPv4: its echo 10.1.0.5:9 refuses connections',
  ]);
  t.deepEqual(metric, ['herald_node_presents{family="ipv4"} 0']);
});

onNode(
  'a successor on a proven node takes over, refuses nobody meanwhile, and proves the node itself',
  async (t) => {
    const node = await Node.create(t);
    node.route();
    node.mark();
    const { v4 } = await node.echo(t);
    const herald = await Generations.start(t, flags(v4), { prefix: node.host.prefix });
    const { program } = herald;
    const isProven = ({ msg }: { readonly msg: string }) => /presents clients over IPv4/.test(msg);
    await program.logged(isProven);
    const to = `127.0.0.1:${program.port()}`;
    const visits = node.host.visits(
      t,
      Array.from({ length: 40 }, () => ({ to, bytes: latin(`${CLAIM}${GET}`) })),
    );
    const old = herald.pid;
    await herald.takeOver();
    await herald.exitOf(old);
    await program.logged(isProven, 2);
    for (const { text } of await visits) t.is(readEcho(text)?.ip.join('.'), '203.0.113.77');
    t.deepEqual(herald.complaints, []);
    t.deepEqual(await herald.stop(), { code: 0, signal: null });
  },
);
