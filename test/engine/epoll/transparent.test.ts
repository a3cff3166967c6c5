import { join } from 'node:path';
import { HostAddresses } from '../../../src/shared-memory/host-addresses.ts';
import {
  cidrs,
  ENGINE_DEFAULTS,
  EngineHarness,
  endpointAt,
  type PlanParts,
  TRUSTED,
} from '../../helpers/engine-harness.ts';
import type { Need } from '../../helpers/peer-installed.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { fromLinux, onLinux } from '../../linux/on-linux.ts';

const { createEpollEngine } = await fromLinux(() => import('../../../src/engine/epoll/epoll-engine.ts'));

// Among addresses of loopback nothing has to be routed back, so that these need no namespace.
const ROOT: Need = { missing: process.getuid?.() === 0 ? null : 'this process is not root' };
const HEADER = 'PROXY TCP4 127.0.0.77 198.51.100.1 51234 443\r\n';

async function start(t: { teardown(end: () => unknown): void }, parts: PlanParts = {}) {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const harness = await EngineHarness.start(
    ({ state, observer }) => {
      new HostAddresses(state.host).replace(cidrs('127.0.0.0/8'), cidrs());
      return createEpollEngine({ ...ENGINE_DEFAULTS, state, observer, threads: 1 });
    },
    {
      admission: TRUSTED,
      presentation: { form: 'transparent' },
      localClients: cidrs('127.0.0.0/8'),
      endpoints: [endpointAt(endpoint.port)],
      ...parts,
    },
  );
  t.teardown(() => harness.stop());
  return { endpoint, harness };
}

onLinux(
  'the endpoint sees the client, and nothing before its first byte',
  async (t) => {
    const { endpoint, harness } = await start(t);
    const client = await harness.connect();
    client.write(`${HEADER}hello`);
    const served = await endpoint.accept();
    t.deepEqual([served.socket.remoteAddress, served.socket.remotePort], ['127.0.0.77', 51_234]);
    t.is(await served.readText(5), 'hello');
    served.write('welcome');
    t.is(await client.readText(7), 'welcome');
    t.is(harness.counter('portsChanged'), 0);
  },
  ROOT,
);

onLinux(
  'an endpoint that speaks first is not held up',
  async (t) => {
    const { endpoint, harness } = await start(t);
    const client = await harness.connect();
    client.write(HEADER);
    const served = await endpoint.accept();
    served.write('220 ready');
    t.is(await client.readText(9), '220 ready');
  },
  ROOT,
);

onLinux(
  'two sessions of one client to one endpoint are two: the second has another port, and is counted',
  async (t) => {
    const { endpoint, harness } = await start(t);
    const ports: number[] = [];
    for (let at = 0; at < 2; at++) {
      (await harness.connect()).write(HEADER);
      const { socket } = await endpoint.accept();
      t.is(socket.remoteAddress, '127.0.0.77');
      ports.push(socket.remotePort!);
    }
    t.is(ports[0], 51_234);
    t.not(ports[1], 51_234);
    t.is(harness.counter('portsChanged'), 1);
  },
  ROOT,
);

onLinux(
  'the same client has its own port at each endpoint, where it may',
  async (t) => {
    const other = await ScriptedEndpoint.start();
    t.teardown(() => other.stop());
    const first = await ScriptedEndpoint.start();
    t.teardown(() => first.stop());
    const { harness } = await start(t, { endpoints: [endpointAt(first.port, 0), endpointAt(other.port, 1)] });
    for (let at = 0; at < 2; at++) (await harness.connect()).write(HEADER);
    for (const endpoint of [first, other]) {
      t.is((await endpoint.accept()).socket.remotePort, 51_234);
    }
    t.is(harness.counter('portsChanged'), 0);
  },
  ROOT,
);

onLinux(
  'a headerless peer is presented as itself, from another port where its own socket holds that one',
  async (t) => {
    const { endpoint, harness } = await start(t, { admission: { acceptProxy: 'none' } });
    const client = await harness.connect({ localAddress: '127.0.0.9' });
    client.write('hello');
    const { socket } = await endpoint.accept();
    t.is(socket.remoteAddress, '127.0.0.9');
    t.is(harness.counter('portsChanged'), socket.remotePort === client.socket.localPort ? 0 : 1);
  },
  ROOT,
);

onLinux(
  'an endpoint that refuses is one that failed, whoever the client is',
  async (t) => {
    const { endpoint, harness } = await start(t);
    await endpoint.stop();
    (await harness.connect()).write(HEADER);
    t.is((await harness.record()).reason, 'connect_refused');
  },
  ROOT,
);

// What follows needs nothing: nobody is dialed.

onLinux(
  'a headerless client that begins with a header is refused, since nothing of ours stands before it',
  async (t) => {
    const { harness } = await start(t, { admission: { acceptProxy: 'none' } });
    (await harness.connect()).write(HEADER);
    t.is((await harness.record()).reason, 'plain_header');
  },
);

onLinux('a client that may not be presented is reset before any endpoint is asked', async (t) => {
  const { harness } = await start(t, { localClients: cidrs(), limits: { maxSessionsPerClient: 1 } });
  for (const [source, detail] of [
    ['127.0.0.77', 'loopback'],
    ['224.0.0.1', 'multicast'],
    ['0.0.0.0', 'unspecified'],
  ]) {
    const client = await harness.connect();
    client.write(HEADER.replace('127.0.0.77', source!));
    t.is(await client.ending, 'reset');
    const record = await harness.record();
    t.like(record, { reason: 'source_unusable', detail, attempts: 0, endpoint: null });
    t.deepEqual(Buffer.from(record.firstBytes ?? []), Buffer.alloc(0));
  }
  t.is(harness.active, 0);
});

onLinux('a client of a family that no endpoint has is refused', async (t) => {
  const { harness } = await start(t);
  (await harness.connect()).write('PROXY TCP6 2001:db8::7 2001:db8::1 51234 443\r\n');
  t.like(await harness.record(), { reason: 'no_endpoint_of_family', detail: 'ipv6', attempts: 0 });
});

onLinux('a client of a unix socket has no address to be presented by', async (t) => {
  const { harness } = await start(t, {
    listen: { kind: 'unix', path: join(await folderFor(t), 'socket') },
    admission: { acceptProxy: 'none' },
  });
  await harness.connect();
  t.like(await harness.record(), { reason: 'source_unusable', detail: 'no_address' });
});
