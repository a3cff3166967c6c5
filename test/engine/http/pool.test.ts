import test, { type ExecutionContext } from 'ava';
import type { Connection } from '../../helpers/connection.ts';
import { EngineHarness, endpointAt, type PlanParts } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { unusedPort } from '../../helpers/unused-port.ts';
import { fromLinux, onLinux } from '../../linux/on-linux.ts';
import { StuckEndpoint } from '../epoll/stuck-endpoint.ts';
import { create, FORWARDED, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

// What becomes of requests and connections where the pool changes, and which endpoint a request goes to.

const row = httpRow(test);
const { Sockets } = await fromLinux(() => import('../../linux/sockets.ts'));

/** Nothing is left of the pool, and sessions of what is not known any more are to end. */
const GONE = { ...FORWARDED, endpoints: [], known: [] };

/** It ends, and not because it was kept for its four seconds. */
async function endsSoon(t: ExecutionContext, served: Connection): Promise<void> {
  const began = performance.now();
  await served.ending;
  t.true(performance.now() - began < 3000);
}

row(
  'a request at an endpoint that has vanished ends if the plan says so, and its client gets an answer',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    await harness.apply(GONE);
    t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 502 .*Connection: close.*endpoint_gone/s);
    await served.ending;
    t.is(harness.state.endpointSessions[0], 0);
    client.end();
    t.like(await harness.record(), {
      reason: 'endpoint_gone',
      endpoint: endpointAt(endpoint.port).text,
    });
  },
);

row(
  'a client with a part of an answer must not take it for a complete one',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    served.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
    await readHead(client);
    t.is(await client.readText(4), 'half');
    await harness.apply(GONE);
    t.is(await client.ending, 'reset');
    t.is((await harness.record()).reason, 'endpoint_gone');
  },
);

row('a WebSocket of an endpoint that has vanished is reset', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const served = await endpoint.accept();
  await readHead(served);
  served.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  await readHead(client);
  await harness.apply(GONE);
  t.is(await client.ending, 'reset');
  await served.ending;
  t.is((await harness.record()).reason, 'endpoint_gone');
});

row(
  'a client between two requests has no endpoint and its session stays open; kept connections are closed',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
    const other = await ScriptedEndpoint.start();
    await harness.apply({ ...FORWARDED, endpoints: [endpointAt(other.port, 1)], known: [1] });
    await endsSoon(t, served);
    client.write(GET);
    const next = await other.accept();
    await readHead(next);
    next.write(OK);
    t.is((await readMessage(client)).body, 'ok');
    client.end();
    t.is((await harness.record()).reason, 'client_closed');
    await other.stop();
  },
);

row(
  'a request at an endpoint that has left the pool but is known may end regularly; its connection is not kept',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    await harness.apply({ ...FORWARDED, endpoints: [], known: [0] });
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
    await endsSoon(t, served);
    t.is(harness.active, 1);
  },
);

row(
  'a request of a listener that has moved ends too if its endpoint vanishes',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    const listen = { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 2), port: 0 } as const;
    await harness.apply({ ...FORWARDED, listen, endpoints: [endpointAt(endpoint.port)], known: [0] });
    t.is(harness.active, 1);
    await harness.apply({ ...GONE, listen });
    t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 502 .*endpoint_gone/s);
    client.end();
    t.is((await harness.record()).reason, 'endpoint_gone');
  },
);

onLinux('a request that is still dialing a vanished endpoint ends, too', async (t) => {
  const endpoints = [endpointAt(new StuckEndpoint(new Sockets(t)).port)];
  const harness = await EngineHarness.start(create, { ...FORWARDED, endpoints, known: [0] });
  const client = await harness.connect();
  client.write(GET);
  while (harness.state.endpointSessions[0] === 0) await new Promise(setImmediate);
  await harness.apply(GONE);
  t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 502 .*endpoint_gone/s);
  client.end();
  t.like(await harness.record(), { reason: 'endpoint_gone', attempts: 1, connectMs: null });
  t.is(harness.state.endpointSessions[0], 0);
  await harness.stop();
});

for (const [where, empty] of [
  ['on this node', 'no_local_endpoint'],
  ['that may be used', 'no_ready_endpoint'],
] as const) {
  row(
    `C7: where endpoints exist but none ${where} the client is told so, by 503`,
    { endpoints: [], empty },
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      client.write(GET);
      t.regex((await client.readToEnd()).toString(), new RegExp(`^HTTP/1\\.1 503 .*${empty}`, 's'));
      client.end();
      t.like(await harness.record(), { reason: empty, attempts: 0, endpoint: null });
      t.is(endpoint.count, 0);
    },
  );
}

/** An endpoint that answers every request with its slot. */
async function answering(slot: number): Promise<ScriptedEndpoint> {
  const endpoint = await ScriptedEndpoint.start();
  const answer = async () => {
    const served = await endpoint.accept();
    void answer();
    for (;;) {
      await readHead(served);
      served.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${slot}`);
    }
  };
  answer().catch(() => {});
  return endpoint;
}

/** A client that asks so many times over one connection, and the slots of who answered. */
async function slots(harness: EngineHarness, localAddress: string, times: number): Promise<number[]> {
  const client = await harness.connect({ localAddress });
  const seen: number[] = [];
  for (let time = 0; time < times; time++) {
    client.write(GET);
    seen.push(Number((await readMessage(client)).body));
  }
  client.end();
  return seen;
}

type Play = (t: ExecutionContext, harness: EngineHarness, ports: readonly number[]) => Promise<void>;

/** With two endpoints that answer. */
const picked = (title: string, plan: PlanParts, play: Play) =>
  test(title, async (t) => {
    const endpoints = [await answering(0), await answering(1)];
    const ports = endpoints.map(({ port }) => port);
    const pool = ports.map((port, slot) => endpointAt(port, slot));
    const harness = await EngineHarness.start(create, { ...FORWARDED, endpoints: pool, ...plan });
    await play(t, harness, ports);
    await harness.stop();
    for (const endpoint of endpoints) await endpoint.stop();
  });

picked('requests take turns, whatever connection they come over', {}, async (t, harness) => {
  t.deepEqual(await slots(harness, '127.0.0.1', 4), [0, 1, 0, 1]);
});

picked(
  'A1: with affinity all requests of a client are of one endpoint',
  { affinityMs: 60_000 },
  async (t, harness) => {
    t.deepEqual(await slots(harness, '127.0.0.5', 3), [0, 0, 0]);
    t.deepEqual(await slots(harness, '127.0.0.6', 3), [1, 1, 1]);
    t.deepEqual(await slots(harness, '127.0.0.5', 2), [0, 0]);
  },
);

picked(
  'A3: a client whose endpoint refuses it gets affinity to the one that accepts it, also over a kept connection',
  { ejection: { after: 0 } },
  async (t, harness, ports) => {
    const taking = endpointAt(ports[1]!, 1);
    // Its connection is kept, and the client that has no other comes to it without a dial.
    await harness.apply({ ...FORWARDED, endpoints: [taking] });
    t.deepEqual(await slots(harness, '127.0.0.9', 1), [1]);
    const refusing = endpointAt(await unusedPort(), 0);
    const plan = { ...FORWARDED, affinityMs: 60_000, ejection: { after: 0 } };
    await harness.apply({ ...plan, endpoints: [refusing, taking] });
    t.deepEqual(await slots(harness, '127.0.0.5', 1), [1]);
    const refused = () => harness.state.endpointFailures[0];
    const before = refused();
    t.deepEqual(await slots(harness, '127.0.0.5', 2), [1, 1]);
    t.is(refused(), before);
  },
);
