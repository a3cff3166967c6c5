import type { Connection } from '../../helpers/connection.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { onLinux } from '../../linux/on-linux.ts';
import { ACKNOWLEDGED, behind, startPicking } from './hop-parts.ts';

// The Herald that picks an endpoint of another node. The tests play the hop.

onLinux('a hop gets a header and nothing else until it says that the endpoint is reached', async (t) => {
  const { harness, come, handed } = await startPicking(t, 1);
  const client = await come('hello');
  const { hop } = await handed();
  client.write(' again');
  t.is((await harness.engine.sessions(1))[0]!.phase, 'connect');
  t.is(hop.received.length, 0);
  hop.write(ACKNOWLEDGED);
  t.is(await hop.readText(11), 'hello again');
  hop.write('welcome');
  t.is(await client.readText(7), 'welcome');
  client.end();
  t.is(await hop.ending, 'fin');
  hop.end();
  t.is(await client.ending, 'fin');
  t.like(await harness.record(), {
    reason: 'client_closed',
    endpoint: '127.9.9.1:80',
    attempts: 1,
    bytesToEndpoint: 11,
    bytesToClient: 7,
  });
});

onLinux('what the endpoint says first comes right behind the acknowledgement', async (t) => {
  const { come, handed } = await startPicking(t, 1);
  const client = await come();
  const { hop } = await handed();
  hop.end('\x06220 ready\x06');
  t.is((await client.readToEnd()).toString('latin1'), '220 ready\x06');
});

onLinux('a client that ended its stream before the acknowledgement is served to the end', async (t) => {
  const { harness, come, handed } = await startPicking(t, 1);
  const client = await come('request');
  client.end();
  const { hop } = await handed();
  hop.write(ACKNOWLEDGED);
  t.is((await hop.readToEnd()).toString(), 'request');
  hop.end('answer');
  t.is((await client.readToEnd()).toString(), 'answer');
  t.is((await harness.record()).reason, 'client_closed');
});

/** What a hop does instead of an acknowledgement, and how the session ends if no other endpoint is left. */
const FAILURES = {
  'ends its stream': { how: 'end', reason: 'connect_refused', detail: 'hop_closed' },
  resets: { how: 'reset', reason: 'connect_refused', detail: 'ECONNRESET' },
  'says something else': { how: 'HTTP/1.1', reason: 'connect_failed', detail: 'hop_protocol' },
} as const;

function fail(hop: Connection, how: string): void {
  if (how === 'reset') hop.reset();
  else if (how === 'end') hop.end();
  else hop.write(how);
}

for (const [name, { how, reason, detail }] of Object.entries(FAILURES)) {
  onLinux(`if a hop ${name}, the next endpoint gets everything that the client sent`, async (t) => {
    const { harness, come, handed } = await startPicking(t, 2);
    const client = await come('all of it');
    fail((await handed()).hop, how);
    const second = await handed();
    second.hop.write(ACKNOWLEDGED);
    t.is(await second.hop.readText(9), 'all of it');
    client.end();
    t.is(await second.hop.ending, 'fin');
    second.hop.end();
    t.like(await harness.record(), { reason: 'client_closed', endpoint: second.endpoint, attempts: 2 });
  });

  onLinux(`if every hop ${name}, the client is reset, and the endpoint is blamed`, async (t) => {
    const { harness, come, handed } = await startPicking(t, 1, { ejection: { after: 1, maxShare: 1 } });
    const client = await come();
    fail((await handed()).hop, how);
    t.is(await client.ending, 'reset');
    t.like(await harness.record(), { reason, detail, attempts: 1, connectMs: null });
    t.is(harness.counter('ejections'), 1);
    t.is(harness.active, 0);
  });
}

onLinux('a hop that nobody listens for is an endpoint that refuses', async (t) => {
  const gone = await ScriptedEndpoint.start();
  const endpoints = [behind(gone.port)];
  await gone.stop();
  const { harness, come } = await startPicking(t, 0, { endpoints });
  await come('hello');
  t.like(await harness.record(), {
    reason: 'connect_refused',
    detail: 'ECONNREFUSED',
    endpoint: '127.9.9.1:80',
  });
});

onLinux(
  'a hop that says nothing fails at the connect timeout, and the next endpoint is dialed',
  async (t) => {
    const { harness, come, handed } = await startPicking(t, 2, { timeouts: { connectMs: 400 } });
    const client = await come('all of it');
    const silent = await handed();
    const { hop } = await handed();
    t.is(await silent.hop.ending, 'reset');
    hop.write(ACKNOWLEDGED);
    t.is(await hop.readText(9), 'all of it');
    client.reset();
    t.is(await hop.ending, 'reset');
    t.like(await harness.record(), { reason: 'client_reset', attempts: 2 });
  },
);

onLinux('if no hop says anything, the session ends by the connect timeout', async (t) => {
  const { harness, come } = await startPicking(t, 1, { timeouts: { connectMs: 100 } });
  const client = await come();
  t.is(await client.ending, 'reset');
  t.like(await harness.record(), { reason: 'connect_timeout', detail: null, attempts: 1 });
});

onLinux('a client that resets while the hop dials takes the hop along', async (t) => {
  const { harness, come, handed } = await startPicking(t, 1);
  const client = await come('hello');
  const { hop } = await handed();
  client.reset();
  t.is(await hop.ending, 'reset');
  t.like(await harness.record(), { reason: 'client_gone', attempts: 1 });
});

onLinux(
  'the record of a client that said nothing and reset while the hop dials names the reset',
  async (t) => {
    const { harness, come, handed } = await startPicking(t, 1);
    const client = await come();
    const { hop } = await handed();
    client.reset();
    t.is(await hop.ending, 'reset');
    t.like(await harness.record(), { reason: 'probe', detail: 'ECONNRESET' });
  },
);

onLinux('a hop that resets after its acknowledgement is an endpoint that reset', async (t) => {
  const { harness, come, handed } = await startPicking(t, 1);
  const client = await come('hello');
  const { hop } = await handed();
  hop.write(ACKNOWLEDGED);
  t.is(await hop.readText(5), 'hello');
  hop.reset();
  t.is(await client.ending, 'reset');
  t.is((await harness.record()).reason, 'endpoint_reset');
});

onLinux('an endpoint that is gone ends its sessions, also the one that waits for its hop', async (t) => {
  const { harness, come, handed } = await startPicking(t, 1, { known: [0] });
  const relayed = await come('a');
  const first = await handed();
  first.hop.write(ACKNOWLEDGED);
  t.is(await first.hop.readText(1), 'a');
  const waiting = await come('b');
  const second = await handed();
  await harness.apply({ presentation: { form: 'transparent' }, endpoints: [], known: [] });
  for (const each of [relayed, waiting, first.hop, second.hop]) t.is(await each.ending, 'reset');
  for (let count = 0; count < 2; count++) t.is((await harness.record()).reason, 'endpoint_gone');
});

onLinux('a drain waits for a session whose hop has not answered yet', async (t) => {
  const { harness, come, handed } = await startPicking(t, 1);
  const client = await come('last');
  const { hop } = await handed();
  const drained = harness.engine.drain();
  hop.write(ACKNOWLEDGED);
  t.is(await hop.readText(4), 'last');
  hop.end('words');
  t.is((await client.readToEnd()).toString(), 'words');
  client.end();
  await drained;
  t.is((await harness.record()).reason, 'endpoint_closed');
});
