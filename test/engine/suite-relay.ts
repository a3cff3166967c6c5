import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ExecutionContext, TestFn } from 'ava';
import {
  type CreateEngine,
  EngineHarness,
  endpointAt,
  type PlanParts,
  runner,
} from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

type Play = (t: ExecutionContext, harness: EngineHarness, endpoint: ScriptedEndpoint) => Promise<void>;
const HEADER = 28;

/** Writes until nothing has gone on for a while: then every buffer on the way is full. Gives how many blocks. */
async function fill(socket: Socket, block: Uint8Array): Promise<number> {
  for (let blocks = 1; ; blocks++) {
    if (socket.write(block)) continue;
    let drained = false;
    socket.once('drain', () => {
      drained = true;
    });
    // Turns of the loop, and not only time: all are in this process, and it may be busy with other rows.
    for (let turn = 0; turn < 40 && !drained; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    if (!drained) return blocks;
  }
}

/** Moving bytes and ending: what both sides see of each other through an engine. */
export function relaySuite(test: TestFn, engine: string, create: CreateEngine): void {
  const row = (title: string, plan: PlanParts, play: Play) =>
    runner(test, plan)(`${engine}: ${title}`, async (t) => {
      const endpoint = await ScriptedEndpoint.start();
      const harness = await EngineHarness.start(create, { endpoints: [endpointAt(endpoint.port)], ...plan });
      try {
        await play(t, harness, endpoint);
      } finally {
        await harness.stop();
        await endpoint.stop();
      }
    });

  const connected = async (harness: EngineHarness, endpoint: ScriptedEndpoint) => {
    const client = await harness.connect({ noDelay: true });
    const served = await endpoint.accept();
    await served.read(HEADER);
    return { client, served };
  };

  row('a client may end its stream and still be answered', {}, async (t, harness, endpoint) => {
    const { client, served } = await connected(harness, endpoint);
    client.end('question');
    t.is((await served.readToEnd()).toString(), 'question');
    served.end('answer');
    t.is((await client.readToEnd()).toString(), 'answer');
    t.like(await harness.record(), {
      reason: 'client_closed',
      bytesToEndpoint: 8,
      bytesToClient: 6,
      attempts: 1,
    });
  });

  row('an endpoint may end its stream and still be sent to', {}, async (t, harness, endpoint) => {
    const { client, served } = await connected(harness, endpoint);
    served.end('bye');
    t.is((await client.readToEnd()).toString(), 'bye');
    client.end('one more thing');
    t.is((await served.readToEnd()).toString(), 'one more thing');
    t.is((await harness.record()).reason, 'endpoint_closed');
  });

  row('a request with its FIN in one segment is whole', {}, async (t, harness, endpoint) => {
    (await harness.connect()).end('request');
    const served = await endpoint.accept();
    t.is((await served.readToEnd()).subarray(HEADER).toString(), 'request');
    served.end('answer');
    t.is((await harness.record()).reason, 'client_closed');
  });

  row('an endpoint that closes at once closes the client', {}, async (t, harness, endpoint) => {
    const client = await harness.connect();
    (await endpoint.accept()).end();
    t.is(await client.ending, 'fin');
    client.end();
    t.is((await harness.record()).reason, 'endpoint_closed');
  });

  row('a connection that carried nothing was a probe', {}, async (t, harness, endpoint) => {
    (await harness.connect()).end();
    const served = await endpoint.accept();
    // Where both have ended before a slow engine looks, nobody knows who was first.
    await served.readToEnd();
    served.end();
    t.is((await harness.record()).reason, 'probe');
  });

  row('a reset of the client is a reset at the endpoint', {}, async (t, harness, endpoint) => {
    const { client, served } = await connected(harness, endpoint);
    client.write('x');
    await served.read(1);
    client.reset();
    t.is(await served.ending, 'reset');
    t.like(await harness.record(), { reason: 'client_reset', detail: 'ECONNRESET' });
  });

  row('a reset of the endpoint is a reset at the client', {}, async (t, harness, endpoint) => {
    const { client, served } = await connected(harness, endpoint);
    served.reset();
    t.is(await client.ending, 'reset');
    t.is((await harness.record()).reason, 'endpoint_reset');
  });

  for (const side of ['client', 'endpoint'] as const) {
    row(`a reset of the ${side} behind bytes is no end of its stream`, {}, async (t, harness, endpoint) => {
      const { client, served } = await connected(harness, endpoint);
      const [from, to] = side === 'client' ? [client, served] : [served, client];
      // Both are there when the engine looks.
      from.write('half of it');
      from.reset();
      t.is((await harness.record()).reason, `${side}_reset`);
      await to.ending;
    });
  }

  row(
    'an answer is delivered although its endpoint resets what the client goes on sending',
    {},
    async (t, harness, endpoint) => {
      const { client, served } = await connected(harness, endpoint);
      served.socket.end('too long, go away');
      served.socket.destroySoon();
      t.is(await client.readText(17), 'too long, go away');
      // The first write is answered by a reset, and a later one meets it.
      const feed = setInterval(() => client.write('more'), 5);
      t.is((await harness.record()).reason, 'endpoint_reset');
      clearInterval(feed);
    },
  );

  row(
    'a client that is reset while its answer waits costs no more than its session',
    {},
    async (t, harness, endpoint) => {
      const { client, served } = await connected(harness, endpoint);
      client.socket.pause();
      served.end(Buffer.alloc(8 << 20));
      await new Promise((resolve) => setTimeout(resolve, 50));
      client.reset();
      const record = await harness.record();
      t.true(['client_reset', 'endpoint_closed'].includes(record.reason), record.reason);
      t.is(harness.active, 0);
    },
  );

  for (const direction of ['to the endpoint', 'to the client'] as const) {
    row(
      `what is not read ${direction} holds the sender back, and nothing is lost`,
      {},
      async (t, harness, endpoint) => {
        const { client, served } = await connected(harness, endpoint);
        const [from, to] = direction === 'to the endpoint' ? [client, served] : [served, client];
        to.socket.pause();
        const block = randomBytes(1 << 20);
        const blocks = await fill(from.socket, block);
        const bytes = blocks * block.length;
        t.true(bytes < 64 << 20, `${bytes} bytes were swallowed`);
        const sent = createHash('sha256');
        for (let each = 0; each < blocks; each++) sent.update(block);
        const received = createHash('sha256');
        let count = 0;
        to.socket.removeAllListeners('data');
        to.socket.on('data', (chunk: Buffer) => {
          received.update(chunk);
          count += chunk.length;
        });
        from.end();
        to.socket.resume();
        t.is(await to.ending, 'fin');
        t.is(count, bytes);
        t.is(received.digest('hex'), sent.digest('hex'));
      },
    );
  }

  row(
    'a client that sends 1 MB before the endpoint is connected loses no byte',
    {},
    async (t, harness, endpoint) => {
      const bytes = randomBytes(1 << 20);
      const client = await harness.connect();
      client.end(bytes);
      const served = await endpoint.accept();
      t.true((await served.readToEnd()).subarray(HEADER).equals(bytes));
    },
  );

  row(
    'a session in which nothing moves ends',
    { timeouts: { idleMs: 200 } },
    async (t, harness, endpoint) => {
      const { client, served } = await connected(harness, endpoint);
      t.is((await harness.record()).reason, 'idle_timeout');
      t.deepEqual(await Promise.all([client.ending, served.ending]), ['reset', 'reset']);
    },
  );

  row(
    'traffic in one direction keeps a session',
    { timeouts: { idleMs: 400 } },
    async (t, harness, endpoint) => {
      const { client, served } = await connected(harness, endpoint);
      for (let tick = 0; tick < 10; tick++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        served.write('.');
      }
      await client.read(10);
      t.is(harness.active, 1);
    },
  );

  row(
    'a half-closed session in which nothing moves ends sooner',
    { timeouts: { halfCloseMs: 60 } },
    async (t, harness, endpoint) => {
      const { client, served } = await connected(harness, endpoint);
      client.end('x');
      await served.readToEnd();
      t.is((await harness.record()).reason, 'half_close_timeout');
      t.is(await client.ending, 'reset');
    },
  );

  row(
    'no session grows older than it may',
    { timeouts: { maxSessionAgeMs: 60 } },
    async (t, harness, endpoint) => {
      const { client } = await connected(harness, endpoint);
      const feed = setInterval(() => client.write('.'), 10);
      t.is((await harness.record()).reason, 'session_age');
      clearInterval(feed);
    },
  );

  row('bytes are counted in both directions as they move', {}, async (t, harness, endpoint) => {
    const { client, served } = await connected(harness, endpoint);
    client.write('12345');
    await served.read(5);
    served.write('123');
    await client.read(3);
    t.is(harness.counter('bytesToEndpoint'), 5);
    t.is(harness.counter('bytesToClient'), 3);
    const [info] = await harness.engine.sessions(10);
    t.like(info, { phase: 'relay', bytesToEndpoint: 5, bytesToClient: 3, listener: 'edge' });
  });
}
