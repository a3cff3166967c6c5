import { parseIp } from '../../../src/address/ip.ts';
import { cidrs, endpointAt } from '../../helpers/engine-harness.ts';
import { onLinux } from '../../linux/on-linux.ts';
import { latin, v2 } from '../../session/headers.ts';
import { ACKNOWLEDGED, behind, CLIENT, DESTINATION, hopHeader, named, ROOT, startHop } from './hop-parts.ts';

// The Herald on the node of an endpoint. The tests play the Herald that hands sessions over.

onLinux(
  'the endpoint that the header names sees the client, and the peer hears first that it is reached',
  async (t) => {
    const { endpoint, harness, hand } = await startHop(t);
    const peer = await hand();
    const served = await endpoint.accept();
    t.deepEqual([served.socket.remoteAddress, served.socket.remotePort], [CLIENT.address, CLIENT.port]);
    served.write('220 ready');
    t.is(await peer.readText(10), '\x06220 ready');
    peer.end('hello');
    t.is((await served.readToEnd()).toString(), 'hello');
    served.end('bye');
    t.is((await peer.readToEnd()).toString(), 'bye');
    t.like(await harness.record(), {
      reason: 'client_closed',
      client: `${CLIENT.address}:${CLIENT.port}`,
      attempts: 1,
      // The acknowledgement is not the endpoint's.
      bytesToClient: 12,
      bytesToEndpoint: 5,
    });
  },
  ROOT,
);

onLinux(
  'the endpoint is the named one, whichever would be next in turn, and one that failed is dialed again',
  async (t) => {
    const { endpoint, harness, hand } = await startHop(t, { ejection: { after: 1, maxShare: 1 } });
    await harness.apply({
      admission: { acceptProxy: 'v2', trust: cidrs('127.0.0.0/8') },
      presentation: { form: 'transparent' },
      localClients: cidrs('127.0.0.0/8'),
      balance: 'named',
      ejection: { after: 1, maxShare: 1 },
      endpoints: [endpointAt(1, 1), endpointAt(endpoint.port, 0), endpointAt(2, 2)],
    });
    for (let count = 0; count < 3; count++) {
      const failing = await hand(hopHeader(named('127.0.0.1', 1)));
      t.is(await failing.ending, 'reset');
      t.is(failing.received.length, 0);
      t.like(await harness.record(), { reason: 'connect_refused', endpoint: '127.0.0.1:1', attempts: 1 });
      const peer = await hand();
      t.deepEqual(await peer.read(1), Buffer.from(ACKNOWLEDGED));
      const served = await endpoint.accept();
      peer.end();
      t.is(await served.ending, 'fin');
      served.end();
      t.is((await harness.record()).endpoint, `127.0.0.1:${endpoint.port}`);
    }
    t.is(harness.counter('ejections'), 1);
  },
  ROOT,
);

onLinux(
  'an endpoint that resets behind its bytes is one that was reached',
  async (t) => {
    const { endpoint, harness, hand } = await startHop(t);
    const peer = await hand();
    const served = await endpoint.accept();
    served.write('so far');
    t.is(await peer.readText(7), '\x06so far');
    served.reset();
    t.is(await peer.kernelEnding(), 'reset');
    t.is((await harness.record()).reason, 'endpoint_reset');
  },
  ROOT,
);

onLinux(
  'a peer that resets takes the endpoint along',
  async (t) => {
    const { endpoint, harness, hand } = await startHop(t);
    const peer = await hand();
    const served = await endpoint.accept();
    served.write('a');
    t.is(await peer.readText(2), '\x06a');
    peer.reset();
    t.is(await served.ending, 'reset');
    t.is((await harness.record()).reason, 'client_reset');
  },
  ROOT,
);

const MALFORMED = named('127.0.0.1', 80).subarray(1);
const REFUSED = {
  'no name': [v2({ source: CLIENT, destination: DESTINATION }), 'none'],
  'LOCAL, whatever it names': [
    v2({ command: 'LOCAL', tlvs: [{ type: 0xe7, value: named('127.0.0.1', 80) }] }),
    'none',
  ],
  'a name of another form': [hopHeader(MALFORMED), 'malformed'],
  'two names, of which the first is malformed': [
    v2({
      source: CLIENT,
      destination: DESTINATION,
      tlvs: [MALFORMED, named('127.0.0.1', 80)].map((value) => ({ type: 0xe7, value })),
    }),
    'malformed',
  ],
  'an endpoint that is none of the pool': [hopHeader(named('10.1.2.3', 80)), '10.1.2.3:80'],
  'another port of an endpoint': [hopHeader(named('127.0.0.1', 81)), '127.0.0.1:81'],
  'an endpoint of another node': [hopHeader(named('127.9.9.6', 80)), '127.9.9.6:80'],
} as const;

for (const [name, [header, detail]] of Object.entries(REFUSED)) {
  onLinux(`a peer that hands over ${name} is reset before any endpoint is asked`, async (t) => {
    const { harness, hand } = await startHop(t, { endpoints: [endpointAt(80), behind(80, 5)] });
    const peer = await hand(header);
    t.is(await peer.ending, 'reset');
    t.is(peer.received.length, 0);
    t.like(await harness.record(), { reason: 'endpoint_unknown', detail, attempts: 0, endpoint: null });
    t.is(harness.active, 0);
  });
}

onLinux('a headerless peer names no endpoint', async (t) => {
  const { harness } = await startHop(t, {
    admission: { trust: cidrs(), headerless: cidrs('127.0.0.0/8') },
  });
  const peer = await harness.connect();
  peer.write(latin('hello'));
  t.is(await peer.ending, 'reset');
  t.like(await harness.record(), { reason: 'endpoint_unknown', detail: 'none' });
});

onLinux('the client must be one that this node can present, and of the family of the endpoint', async (t) => {
  const { endpoint, harness, hand } = await startHop(t, { localClients: cidrs() });
  const name = named('127.0.0.1', endpoint.port);
  for (const [address, reason, detail] of [
    ['127.0.0.77', 'source_unusable', 'loopback'],
    ['224.0.0.1', 'source_unusable', 'multicast'],
    ['::ffff:255.255.255.255', 'source_unusable', 'broadcast'],
    ['2001:db8::7', 'no_endpoint_of_family', 'ipv6'],
  ] as const) {
    const destination = { address: address.includes(':') ? '2001:db8::1' : '198.51.100.1', port: 443 };
    const peer = await hand(hopHeader(name, { address, port: 51_234 }, destination));
    t.is(await peer.ending, 'reset');
    t.like(await harness.record(), { reason, detail, attempts: 0 });
  }
  t.is(endpoint.count, 0);
});

onLinux('a connection that sends nothing is a probe', async (t) => {
  const { harness } = await startHop(t);
  const peer = await harness.connect();
  peer.end();
  t.is((await harness.record()).reason, 'probe');
});

onLinux('an endpoint is found by the snapshot in force, also after it has changed', async (t) => {
  const { endpoint, harness, hand } = await startHop(t, { endpoints: [] });
  const refused = await hand();
  t.is(await refused.ending, 'reset');
  t.like(await harness.record(), { reason: 'endpoint_unknown', detail: `127.0.0.1:${endpoint.port}` });
  await harness.apply({
    admission: { acceptProxy: 'v2', trust: cidrs('127.0.0.0/8') },
    presentation: { form: 'none' },
    balance: 'named',
    endpoints: [{ ...endpointAt(endpoint.port), ip: parseIp('127.0.0.1')! }],
  });
  const peer = await hand();
  t.is((await peer.read(1))[0], 0x06);
  t.is(endpoint.count, 1);
});
