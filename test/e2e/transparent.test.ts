import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { IPROUTE, NAMESPACES, Namespace, withOnly } from '../helpers/namespace.ts';
import { startOrdinaryServer } from '../helpers/ordinary-server.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { type Owner, shared } from '../helpers/peer-owner.ts';
import { folderFor, retry } from '../helpers/peer-start.ts';
import { Program, type ProgramLine } from '../helpers/program.ts';
import { latin, rawV2, v2 } from '../session/headers.ts';

const inNamespace = testWith([IPROUTE], [NAMESPACES]);

const CLIENT = { address: '203.0.113.77', port: 51_234 };
const CLIENT_V6 = { address: '2001:db8::77', port: 51_234 };
/** Peers of the namespaces below: all of them are this host. */
const PEERS = ['127.0.0.1', '10.1.2.3', 'fd00:1:2::3', '::1'];
/** Nothing else is left to the sidecar. */
const ONLY_RAW = withOnly('+net_raw');

function command(to: string, flags = ''): string {
  return `sidecar --listen :0 --to ${to} --trust ${PEERS} --proxy-header optional --present transparent --access-log all --admin none --metrics 127.0.0.1:0 ${flags}`;
}

/** A pod's namespace: addresses of its own, a server on loopback, and a sidecar. */
async function startPod(owner: Owner, flags = '', hosts: readonly string[] = ['127.0.0.1', '::1']) {
  const namespace = await Namespace.create(owner);
  namespace.ip('address add 10.1.2.3/24 brd + dev lo');
  namespace.ip('address add fd00:1:2::3/64 dev lo nodad');
  await Program.run(owner, 'routes up', { prefix: namespace.prefix });
  const server = await startOrdinaryServer(owner, namespace, hosts);
  const prefix = [...namespace.prefix, ...ONLY_RAW];
  const sidecar = await Program.start(owner, command(server.to, flags), { prefix });
  /** Connections with such first bytes, from such peers. */
  const visits = (visitors: readonly (readonly [bytes: Uint8Array, peer?: string])[]) =>
    namespace.visits(
      owner,
      visitors.map(([bytes, from = '127.0.0.1']) => {
        const host = from.includes(':') ? `[${from}]` : from;
        return { to: `${host}:${sidecar.port()}`, bytes, from };
      }),
    );
  const visit = async (bytes: Uint8Array, peer?: string) =>
    (await visits([peer === undefined ? [bytes] : [bytes, peer]]))[0]!;
  return { namespace, server, sidecar, visits, visit };
}

/** A line of v1: `203.0.113.77` at port 51234. */
function claim(address: string, port = 51_234): Uint8Array {
  const pair = address.includes(':') ? `TCP6 ${address} 2001:db8::1` : `TCP4 ${address} 198.51.100.1`;
  return latin(`PROXY ${pair} ${port} 443\r\n`);
}

const pod = shared((owner) => startPod(owner));
const open = shared((owner) => startPod(owner, `--allow-local-clients ${PEERS}`));

inNamespace(
  'P8: with CAP_NET_RAW alone, an ordinary server on loopback sees the client itself',
  async (t) => {
    const { visits } = await pod();
    const [v4, v6, mapped] = await visits([
      [v2({ source: CLIENT, destination: { address: '198.51.100.1', port: 443 } })],
      [v2({ source: CLIENT_V6, destination: { address: '2001:db8::1', port: 443 } })],
      [claim('::ffff:203.0.113.78')],
    ]);
    t.deepEqual(JSON.parse(v4!.text), CLIENT);
    t.deepEqual(JSON.parse(v6!.text), CLIENT_V6);
    t.deepEqual(JSON.parse(mapped!.text), { address: '203.0.113.78', port: 51_234 });
  },
);

/** Whom nobody may come from, and what the log says that is. */
const REFUSED = {
  '0.0.0.0': 'unspecified',
  '0.1.2.3': 'this_network',
  '127.0.0.1': 'loopback',
  '127.9.9.9': 'loopback',
  '169.254.1.1': 'link_local',
  '224.0.0.1': 'multicast',
  '239.1.2.3': 'multicast',
  '240.0.0.1': 'reserved',
  '255.255.255.255': 'broadcast',
  '10.1.2.3': 'host_address',
  '10.1.2.255': 'host_shared_address',
  '::': 'unspecified',
  '::1': 'loopback',
  'fe80::1': 'link_local',
  'ff02::1': 'multicast',
  'fd00:1:2::3': 'host_address',
  '::ffff:0.0.0.0': 'unspecified',
  '::ffff:127.0.0.1': 'loopback',
  '::ffff:224.0.0.1': 'multicast',
  '::ffff:10.1.2.3': 'host_address',
  '::ffff:10.1.2.255': 'host_shared_address',
};

/** Of one reason the log has twenty lines in ten seconds: each of these programs is asked for fewer. */
const CLAIMS_AT_ONCE = 15;

inNamespace('a client that claims what is no address of another host never reaches the server', async (t) => {
  const all = Object.entries(REFUSED);
  t.true(all.length > 20);
  for (let at = 0; at < all.length; at += CLAIMS_AT_ONCE)
    await claimed(t, all.slice(at, at + CLAIMS_AT_ONCE));
});

async function claimed(t: ExecutionContext, claims: readonly (readonly [string, string])[]): Promise<void> {
  const { visits, sidecar, server } = await startPod(t);
  // By its port each line of the log is found.
  const answers = await visits(claims.map(([address], at) => [claim(address, 6000 + at)]));
  for (const [at, { ending, text }] of answers.entries()) {
    const [address, detail] = claims[at]!;
    t.deepEqual([ending, text], ['reset', ''], address);
    const line = await sidecar.logged(({ client }) => client?.endsWith(`:${6000 + at}`) === true);
    t.deepEqual([line.reason, line.detail, line.endpoint], ['source_unusable', detail, undefined], address);
  }
  t.deepEqual(server.seen(), []);
}

/** Sessions in which nobody is announced. */
const UNANNOUNCED = {
  LOCAL: v2({ command: 'LOCAL' }),
  // A claim in the block of LOCAL is none.
  'LOCAL with addresses': rawV2(0x20, 0x11, Uint8Array.of(203, 0, 113, 7, 198, 51, 100, 1, 1, 1, 1, 187)),
  UNKNOWN: latin('PROXY UNKNOWN\r\n'),
  'no header': latin('hello'),
};

for (const [name, bytes] of Object.entries(UNANNOUNCED)) {
  inNamespace(`with ${name} the peer itself is presented, under the same rule`, async (t) => {
    const [refusing, allowing] = await Promise.all([pod(), open()]);
    const refused = await refusing.visits(PEERS.map((peer) => [bytes, peer]));
    t.deepEqual(
      refused.map(({ ending }) => ending),
      PEERS.map(() => 'reset'),
    );
    const allowed = await allowing.visits(PEERS.map((peer) => [bytes, peer]));
    t.deepEqual(
      allowed.map(({ text }) => JSON.parse(text).address),
      PEERS,
    );
  });
}

inNamespace('P8: nobody who comes from elsewhere becomes 127.0.0.1, whatever is allowed', async (t) => {
  const { visits } = await open();
  const [elsewhere, here] = await visits([
    [claim('127.0.0.1'), '10.1.2.3'],
    [claim('127.0.0.1'), '127.0.0.1'],
  ]);
  t.is(elsewhere!.ending, 'reset');
  t.deepEqual(JSON.parse(here!.text), { address: '127.0.0.1', port: 51_234 });
});

inNamespace('an address that the host gets while Herald runs is its own within moments', async (t) => {
  const { namespace, visit } = await startPod(t);
  const become = (ending: string) =>
    retry(async () => {
      if ((await visit(claim('10.7.7.7'))).ending !== ending) throw new Error(`no ${ending}`);
    });
  t.is((await visit(claim('10.7.7.7'))).ending, 'fin');
  namespace.ip('address add 10.7.7.7/32 dev lo');
  await become('reset');
  namespace.ip('address del 10.7.7.7/32 dev lo');
  await become('fin');
});

inNamespace('a port that can not be had is another one of the same client, and counted', async (t) => {
  const { namespace, sidecar, visits } = await startPod(t);
  const taken = await startOrdinaryServer(t, namespace, ['0.0.0.0']);
  // A listener has the first; the second needs another capability; the third is no port.
  const ports = [taken.ports[0]!, 700, 0];
  const answers = await visits(ports.map((port) => [claim('203.0.113.77', port)]));
  for (const [at, { text }] of answers.entries()) {
    const { address, port } = JSON.parse(text);
    t.is(address, '203.0.113.77');
    t.not(port, ports[at]);
  }
  const { text } = await namespace.visit(t, {
    to: `127.0.0.1:${sidecar.machinePort('metrics')}`,
    bytes: 'GET /metrics HTTP/1.0\r\n\r\n',
  });
  t.regex(text, /^herald_source_ports_changed_total\{listener="sidecar"\} 3$/m);
});

inNamespace('a client of a family that no endpoint has is refused with a reason', async (t) => {
  for (const [host, address, detail] of [
    ['127.0.0.1', '2001:db8::77', 'ipv6'],
    ['::1', '203.0.113.77', 'ipv4'],
  ] as const) {
    const { visit, sidecar } = await startPod(t, '', [host]);
    t.is((await visit(claim(address))).ending, 'reset');
    const line = await sidecar.logged(({ reason }) => reason !== undefined);
    t.deepEqual([line.reason, line.detail], ['no_endpoint_of_family', detail]);
  }
});

/** Runs a sidecar that is not to start. */
const fail = (owner: Owner, namespace: Namespace, capabilities: readonly string[]) =>
  Program.run(owner, command('127.0.0.1:9,[::1]:9'), { prefix: [...namespace.prefix, ...capabilities] });

const isMissing = ({ msg }: ProgramLine) => /the routes are missing/.test(msg);
const isBack = ({ msg }: ProgramLine) =>
  /^--present transparent: the routes of IPv4 are there again$/.test(msg);

inNamespace(
  'P8: without the routes there is a warning at the start, which says how to get them',
  async (t) => {
    const namespace = await Namespace.create(t);
    const prefix = [...namespace.prefix, ...ONLY_RAW];
    const sidecar = await Program.start(t, command('127.0.0.1:9'), { prefix });
    const { level, msg } = await sidecar.logged(isMissing);
    t.is(level, 'warn');
    t.regex(
      msg,
      /the routes are missing; run "herald routes up" in this network namespace, .* over IPv4 leaves this host/,
    );
    t.is(sidecar.complaints.length, 1);
  },
);

inNamespace(
  'P8: a connect that times out for want of the routes says so, and what is mended is told and serves',
  async (t) => {
    const { namespace, sidecar, visit } = await startPod(t, '--connect-timeout 300ms', ['127.0.0.1']);
    t.is(JSON.parse((await visit(claim(CLIENT.address))).text).address, CLIENT.address);
    t.deepEqual(sidecar.complaints, []);

    await Program.run(t, 'routes down', { prefix: namespace.prefix });
    t.is((await sidecar.logged(isMissing)).level, 'warn');
    t.is((await visit(claim('203.0.113.78'))).ending, 'reset');
    const { detail } = await sidecar.logged(({ reason }) => reason === 'connect_timeout');
    t.is(detail, 'routes_missing');

    await Program.run(t, 'routes up', { prefix: namespace.prefix });
    t.is((await sidecar.logged(isBack)).level, 'info');
    t.is(JSON.parse((await visit(claim('203.0.113.79'))).text).address, '203.0.113.79');
    // Once while it lasted.
    t.is(sidecar.log.filter(isMissing).length, 1);
  },
);

inNamespace(
  'P8: addresses of this host that look like clients do not hide that routes are missing',
  async (t) => {
    const namespace = await Namespace.create(t);
    // On lo the whole range of an address is this host.
    for (const address of ['203.0.113.1/24', '198.51.100.1/24'])
      namespace.ip(`address add ${address} dev lo`);
    namespace.ip('address add 2001:db8::1/64 dev lo nodad');
    const prefix = [...namespace.prefix, ...ONLY_RAW];
    const sidecar = await Program.start(t, command('127.0.0.1:9,[::1]:9'), { prefix });
    await sidecar.logged(isMissing, 2);
    await Program.run(t, 'routes up', { prefix: namespace.prefix });
    t.is((await sidecar.logged(isBack)).level, 'info');
  },
);

inNamespace(
  'P8: where the host has another way out the routes are as missing, and one family is not the other',
  async (t) => {
    const [namespace, router] = [await Namespace.create(t), await Namespace.create(t)];
    namespace.connectTo(router, ['10.0.0.2/24', 'fd00::2/64'], ['10.0.0.1/24', 'fd00::1/64']);
    namespace.ip('route add default via 10.0.0.1');
    namespace.ip('-6 route add default via fd00::1');
    namespace.ip('rule add from 127.0.0.1/8 iif lo table 123');
    namespace.ip('route add local 0.0.0.0/0 dev lo table 123');
    const prefix = [...namespace.prefix, ...ONLY_RAW];
    const both = await Program.start(t, command('127.0.0.1:9,[::1]:9'), { prefix });
    t.regex((await both.logged(isMissing)).msg, /over IPv6 leaves this host/);
    t.is(both.complaints.length, 1);
    t.deepEqual((await Program.start(t, command('127.0.0.1:9'), { prefix })).complaints, []);
  },
);

inNamespace('P8: without CAP_NET_RAW Herald does not start, and says how to get it', async (t) => {
  const namespace = await Namespace.create(t);
  await Program.run(t, 'routes up', { prefix: namespace.prefix });
  const { code, stderr, stdout } = await fail(t, namespace, withOnly(''));
  t.is(code, 1);
  t.regex(stderr, /--present transparent needs CAP_NET_RAW, .* add: \[NET_RAW\]/);
  t.notRegex(stdout, /"listening"/);
});

inNamespace(
  'a reload to transparent is warned of missing routes, and one away from it says no more',
  async (t) => {
    const namespace = await Namespace.create(t);
    const { prefix } = namespace;
    const { to } = await startOrdinaryServer(t, namespace, ['127.0.0.1']);
    const file = join(await folderFor(t), 'herald.yaml');
    const write = (...presents: string[]) => {
      const listeners = presents.map(
        (present) => `  - {name: ${present}, listen: "127.0.0.1:0", present: ${present}, to: "${to}"}`,
      );
      return writeFile(
        file,
        ['version: 1', 'metrics: none', 'admin: none', 'listeners:', ...listeners].join('\n'),
      );
    };
    const isRead = ({ msg }: ProgramLine) => msg === 'configuration reloaded';
    await write('none');
    const program = await Program.start(t, `run --config ${file}`, { prefix });
    await write('none', 'transparent');
    program.signal('SIGHUP');
    await program.logged(isRead);
    t.is(program.log.filter(isMissing).length, 1);
    const { text } = await namespace.visit(t, { to: `127.0.0.1:${program.port('none')}`, bytes: '' });
    t.is(JSON.parse(text).address, '127.0.0.1');

    await write('none');
    program.signal('SIGHUP');
    await program.logged(isRead, 2);
    await Program.run(t, 'routes up', { prefix });
    await write('none', 'transparent');
    program.signal('SIGHUP');
    await program.logged(isRead, 3);
    t.is(program.log.filter(isMissing).length, 1);
    t.is(program.log.filter(isBack).length, 0);
  },
);
