import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { parseIp } from '../../../src/address/ip.ts';
import type { Connection } from '../../helpers/connection.ts';
import { EngineHarness, endpointAt } from '../../helpers/engine-harness.ts';
import type { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { fromLinux, onLinux } from '../../linux/on-linux.ts';
import { StuckEndpoint } from '../epoll/stuck-endpoint.ts';
import {
  clockRow,
  create,
  FORWARDED,
  fieldsOf,
  GET,
  httpRow,
  OK,
  readHead,
  readMessage,
} from './play-http.ts';

const row = httpRow(test);
const byClock = clockRow(test);
const { Sockets } = await fromLinux(() => import('../../linux/sockets.ts'));

/** Where the next request comes: over one of all connections so far, or over a new one. */
async function nextRequest(endpoint: ScriptedEndpoint, kept: readonly Connection[]): Promise<Connection> {
  for (;;) {
    if (endpoint.count > kept.length) return endpoint.accept();
    const asked = kept.find(({ received }) => received.length > 0);
    if (asked !== undefined) return asked;
    await new Promise(setImmediate);
  }
}

// ── limits and deadlines ──

row(
  'over the limit a client waits for its turn',
  { limits: { maxSessions: 1 } },
  async (t, harness, endpoint) => {
    const first = await harness.connect();
    first.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    const second = await harness.connect();
    second.write(GET);
    served.write(OK);
    await readMessage(first);
    first.end();
    await readHead(served);
    served.write(OK);
    t.is((await readMessage(second)).body, 'ok');
  },
);

row('or is refused', { limits: { maxSessions: 1, overLimit: 'refuse' } }, async (t, harness, endpoint) => {
  (await harness.connect()).write(GET);
  await endpoint.accept();
  const second = await harness.connect();
  t.is(await second.ending, 'reset');
  t.is((await harness.record()).reason, 'over_limit');
});

row('a client has its share', { limits: { maxSessionsPerClient: 1 } }, async (t, harness, endpoint) => {
  const first = await harness.connect({ localAddress: '127.0.0.5' });
  first.write(GET);
  await endpoint.accept();
  const second = await harness.connect({ localAddress: '127.0.0.5' });
  t.is(await second.ending, 'reset');
  t.is((await harness.record()).reason, 'over_client_limit');
});

row(
  'a head that arrives byte by byte is refused after the header timeout',
  { admission: { headerTimeoutMs: 100 } },
  async (t, harness, endpoint) => {
    const client = await harness.connect({ noDelay: true });
    client.write('GET / HTTP/1.1\r\n');
    const drip = setInterval(() => client.write('X: y\r\n'), 10);
    t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 408 /);
    clearInterval(drip);
    client.end();
    t.like(await harness.record(), { reason: 'request_timeout', attempts: 0 });
    t.is(endpoint.count, 0);
  },
);

byClock(
  'the header timeout applies neither to a slow body nor to a silent kept connection',
  { timeouts: { connectMs: 1000 } },
  async (t, harness, endpoint, { passes }) => {
    const client = await harness.connect({ noDelay: true });
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n');
    const served = await endpoint.accept();
    await readHead(served);
    for (const part of ['a', 'b', 'c']) {
      await passes(6000);
      client.write(part);
      t.is(await served.readText(1), part);
    }
    served.write(OK);
    await readMessage(client);
    await passes(6000);
    await passes(6000);
    client.write(GET);
    await readHead(served);
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
  },
);

row(
  'an idle kept connection ends after the idle timeout, with FIN',
  { timeouts: { idleMs: 60 } },
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    served.write(OK);
    await readMessage(client);
    t.is(await client.ending, 'fin');
    client.end();
    t.is((await harness.record()).reason, 'idle_timeout');
  },
);

row('an endpoint that never answers is 504', { timeouts: { idleMs: 60 } }, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(GET);
  const served = await endpoint.accept();
  await readHead(served);
  t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 504 /);
  client.end();
  await served.ending;
  t.is((await harness.record()).reason, 'idle_timeout');
});

onLinux('an endpoint that does not accept is 504', async (t) => {
  const { port } = new StuckEndpoint(new Sockets(t));
  const plan = { ...FORWARDED, endpoints: [endpointAt(port)], timeouts: { connectMs: 60 } };
  const harness = await EngineHarness.start(create, plan);
  const client = await harness.connect();
  client.write(GET);
  t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 504 .*connect_timeout/s);
  client.end();
  t.is((await harness.record()).reason, 'connect_timeout');
  await harness.stop();
});

row(
  'a session ends at its age, whatever it does',
  { timeouts: { maxSessionAgeMs: 60 } },
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    t.is(await client.ending, 'reset');
    await served.ending;
    t.is((await harness.record()).reason, 'session_age');
  },
);

row('bytes are counted, including heads', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(GET);
  const served = await endpoint.accept();
  await readHead(served);
  served.write(OK);
  const { head, body } = await readMessage(client);
  client.end();
  t.like(await harness.record(), {
    bytesToEndpoint: GET.length,
    bytesToClient: head.length + body.length,
  });
  t.is(harness.counter('bytesToEndpoint'), GET.length);
});

row('a session between two requests counts at no endpoint', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(GET);
  const served = await endpoint.accept();
  await readHead(served);
  t.is(harness.state.endpointSessions[0], 1);
  served.write(OK);
  await readMessage(client);
  t.is(harness.state.endpointSessions[0], 0);
  t.like((await harness.engine.sessions(9))[0], { phase: 'relay', endpoint: `127.0.0.1:${endpoint.port}` });
});

row('a connection without a request was a probe', {}, async (t, harness, endpoint) => {
  (await harness.connect()).end();
  t.is((await harness.record()).reason, 'probe');
  t.is(endpoint.count, 0);
});

// ── the end ──

row('a drain ends kept connections after their current answer', {}, async (t, harness, endpoint) => {
  const busy = await harness.connect();
  busy.write(GET);
  const served = await endpoint.accept();
  await readHead(served);
  const kept = await harness.connect();
  kept.write(GET);
  const other = await endpoint.accept();
  await readHead(other);
  other.write(OK);
  await readMessage(kept);
  const queued = await harness.connect();
  queued.write(GET);
  const drained = harness.engine.drain();
  t.is(await kept.ending, 'fin');
  served.write(OK);
  const answer = await readMessage(busy);
  t.deepEqual(fieldsOf(answer.head, 'Connection'), ['close']);
  t.is(await busy.ending, 'fin');
  // Over a connection that is kept, or a new one.
  const last = await nextRequest(endpoint, [served, other]);
  await readHead(last);
  last.write(OK);
  t.deepEqual(fieldsOf((await readMessage(queued)).head, 'Connection'), ['close']);
  for (const client of [busy, kept, queued]) client.end();
  await drained;
  t.is(harness.active, 0);
  const reasons = [await harness.record(), await harness.record(), await harness.record()];
  t.true(reasons.some(({ reason }) => reason === 'drained'));
});

row('a client that never sends a request does not delay a drain', {}, async (t, harness) => {
  const client = await harness.connect();
  while (harness.active === 0) await new Promise(setImmediate);
  const drained = harness.engine.drain();
  t.is(await client.ending, 'fin');
  client.end();
  await drained;
  t.is((await harness.record()).reason, 'drained');
});

row('a stop resets what is left, and its requests at the endpoints', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(GET);
  const served = await endpoint.accept();
  await readHead(served);
  await harness.engine.stop('drain_timeout');
  t.is(await client.ending, 'reset');
  await served.ending;
  t.is((await harness.record()).reason, 'drain_timeout');
});

row('a plan with other endpoints sends the next request there', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(GET);
  const served = await endpoint.accept();
  await readHead(served);
  await harness.apply({ ...FORWARDED, endpoints: [] });
  // Its connection is kept by nobody any more, but its answer is still awaited.
  served.write(OK);
  t.is((await readMessage(client)).body, 'ok');
  const late = await harness.connect();
  late.write(GET);
  t.regex((await late.readToEnd()).toString(), /^HTTP\/1\.1 503 /);
});

row('a port that is taken is an error, and what was open stays', {}, async (t, harness, endpoint) => {
  const { address } = harness.open[0]!;
  const port = address.kind === 'tcp' ? address.port : 0;
  await t.throwsAsync(
    harness.apply(
      { ...FORWARDED, endpoints: [endpointAt(endpoint.port)] },
      { ...FORWARDED, id: 1, name: 'rival', listen: { kind: 'tcp', ip: parseIp('127.0.0.1')!, port } },
    ),
    { name: 'StartError', message: /in use/ },
  );
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  t.is((await harness.record()).reason, 'probe');
});
