import type { ExecutionContext } from 'ava';
import { startOrdinaryServer } from '../helpers/ordinary-server.ts';
import { shared } from '../helpers/peer-owner.ts';
import { retry } from '../helpers/peer-start.ts';
import { latin, rawV2, v2 } from '../session/headers.ts';
import { CLIENT, CLIENT_V6, claim, inNamespace, PEERS, startPod } from './transparent-pod.ts';

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

/** Addresses that no client may claim, and the detail that the log gives. */
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

/** The log limits each reason to a burst of twenty lines, so each program gets fewer claims than that. */
const CLAIMS_AT_ONCE = 15;

inNamespace('a client that claims what is no address of another host never reaches the server', async (t) => {
  const all = Object.entries(REFUSED);
  t.true(all.length > 20);
  for (let at = 0; at < all.length; at += CLAIMS_AT_ONCE)
    await claimed(t, all.slice(at, at + CLAIMS_AT_ONCE));
});

async function claimed(t: ExecutionContext, claims: readonly (readonly [string, string])[]): Promise<void> {
  const { visits, sidecar, server } = await startPod(t);
  // The port identifies each line of the log.
  const answers = await visits(claims.map(([address], at) => [claim(address, 6000 + at)]));
  for (const [at, { ending, text }] of answers.entries()) {
    const [address, detail] = claims[at]!;
    t.deepEqual([ending, text], ['reset', ''], address);
    const line = await sidecar.logged(({ client }) => client?.endsWith(`:${6000 + at}`) === true);
    t.deepEqual([line.reason, line.detail, line.endpoint], ['source_unusable', detail, undefined], address);
  }
  t.deepEqual(server.seen(), []);
}

/** First bytes that announce no client. */
const UNANNOUNCED = {
  LOCAL: v2({ command: 'LOCAL' }),
  // Addresses of a LOCAL header are ignored.
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
    to: `127.0.0.1:${sidecar.opsPort('metrics')}`,
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
