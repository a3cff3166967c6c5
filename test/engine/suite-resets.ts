import { randomBytes } from 'node:crypto';
import type { ExecutionContext, TestFn } from 'ava';
import type { Connection } from '../helpers/connection.ts';
import {
  type CreateEngine,
  EngineHarness,
  endpointAt,
  type PlanParts,
  runner,
  TRUSTED,
} from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

type Play = (t: ExecutionContext, harness: EngineHarness, endpoint: ScriptedEndpoint) => Promise<void>;

const NONE: PlanParts = { presentation: { form: 'none' } };
const HEADER = 28;
const ANSWER = '552 5.3.4 too much\r\n';
/** More than all buffers on the way hold. */
const FLOOD = randomBytes(24 << 20);

/** Writes a flood that nobody reads, until every buffer on the way is full. */
async function flood(from: Connection, to: Connection): Promise<void> {
  to.socket.pause();
  from.socket.write(FLOOD);
  for (let still = 0, before = -1; still < 40; ) {
    const left = from.socket.bytesWritten - from.socket.writableLength;
    still = left === before ? still + 1 : 0;
    before = left;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * Answers and resets right behind it, as a kernel does for one that closes with bytes unread. Not by closing so: Node reads ahead of a
 * paused stream, and a close that finds nothing unread is an ordinary end.
 */
async function answerAndReset(served: Connection, answer: string | Uint8Array): Promise<void> {
  served.socket.pause();
  await new Promise<void>((resolve) => served.socket.write(answer, () => resolve()));
  served.reset();
  await served.closed;
}

/** What a side that breaks has sent before belongs to the other one, whatever the other was sending. */
export function resetSuite(test: TestFn, engine: string, create: CreateEngine): void {
  const row = (title: string, plan: PlanParts, play: Play) =>
    runner(test, plan)(`${engine}: ${title}`, async (t) => {
      const endpoint = await ScriptedEndpoint.start();
      const harness = await EngineHarness.start(create, { endpoints: [endpointAt(endpoint.port)], ...plan });
      try {
        await play(t, harness, endpoint);
        t.is(harness.active, 0);
        t.deepEqual(harness.faults, []);
      } finally {
        await harness.stop();
        await endpoint.stop();
      }
    });

  const pair = async (harness: EngineHarness, endpoint: ScriptedEndpoint) => {
    const client = await harness.connect({ noDelay: true });
    client.write('EHLO');
    const served = await endpoint.accept();
    await served.read(4);
    return { client, served };
  };

  row(
    'a client whose upload is refused is answered, and sees the end of the stream',
    NONE,
    async (t, harness, endpoint) => {
      const { client, served } = await pair(harness, endpoint);
      await flood(client, served);
      await answerAndReset(served, ANSWER);
      t.is(await client.readText(ANSWER.length), ANSWER);
      t.is(await client.ending, 'fin');
      client.destroy();
      t.is((await harness.record()).reason, 'endpoint_reset');
    },
  );

  row(
    'a client that does not read while its upload is refused finds the answer later',
    NONE,
    async (t, harness, endpoint) => {
      const { client, served } = await pair(harness, endpoint);
      client.socket.pause();
      served.socket.pause();
      client.write(Buffer.alloc(50_000));
      while (harness.counter('bytesToEndpoint') < 50_004) await new Promise(setImmediate);
      await answerAndReset(served, ANSWER);
      // It is not waited for: what was sent to it is there.
      t.is((await harness.record()).reason, 'endpoint_reset');
      client.socket.resume();
      t.is(await client.readText(ANSWER.length), ANSWER);
      t.is(await client.ending, 'fin');
    },
  );

  row(
    'a client that sends slowly, and is refused between two lines, is answered',
    NONE,
    async (t, harness, endpoint) => {
      const { client, served } = await pair(harness, endpoint);
      served.socket.pause();
      client.write('a line that nobody reads\r\n');
      while (harness.counter('bytesToEndpoint') < 30) await new Promise(setImmediate);
      await answerAndReset(served, ANSWER);
      t.is(await client.readText(ANSWER.length), ANSWER);
      client.write('another line');
      t.is(await client.ending, 'fin');
      client.destroy();
      t.is((await harness.record()).reason, 'endpoint_reset');
    },
  );

  row(
    'a client that still sends after an endpoint has ended its stream and reset is not reset',
    NONE,
    async (t, harness, endpoint) => {
      const { client, served } = await pair(harness, endpoint);
      served.end(ANSWER);
      t.is((await client.readToEnd()).toString(), ANSWER);
      served.destroy();
      await served.closed;
      client.write('more');
      client.write('and more');
      client.end('and the end');
      // All of that may be here before the reset is.
      const { reason } = await harness.record();
      t.true(['endpoint_reset', 'endpoint_closed'].includes(reason), reason);
      t.is(await client.ending, 'fin');
    },
  );

  row('a client that goes on sending is cut off after a while', NONE, async (t, harness, endpoint) => {
    const { client, served } = await pair(harness, endpoint);
    await answerAndReset(served, ANSWER);
    const feed = setInterval(() => client.write('more'), 5);
    const began = performance.now();
    t.is((await harness.record()).reason, 'endpoint_reset');
    clearInterval(feed);
    t.true(performance.now() - began < 5000);
    t.is(client.received.toString(), ANSWER);
  });

  row(
    'an endpoint that refuses the very header, and says why, is heard',
    {},
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      const served = await endpoint.accept();
      // A reset that is there before Herald knows of its own connect is a dial that failed.
      await served.read(HEADER);
      await answerAndReset(served, '421 too many\r\n');
      t.is(await client.readText(14), '421 too many\r\n');
      client.destroy();
      t.true(['endpoint_reset', 'probe'].includes((await harness.record()).reason));
    },
  );

  for (const side of ['client', 'endpoint'] as const) {
    row(
      `what a ${side} had sent before its reset is delivered to one that reads slowly, and then the reset`,
      NONE,
      async (t, harness, endpoint) => {
        const { client, served } = await pair(harness, endpoint);
        const [from, to] = side === 'client' ? [client, served] : [served, client];
        await flood(from, to);
        from.reset();
        to.socket.resume();
        t.is(await to.kernelEnding(), 'reset');
        const record = await harness.record();
        t.is(record.reason, `${side}_reset`);
        const moved = side === 'client' ? record.bytesToEndpoint - 4 : record.bytesToClient;
        t.true(moved > 1 << 20);
        t.is(to.received.length, moved);
        t.true(to.received.equals(FLOOD.subarray(0, moved)));
      },
    );

    row(
      `what a ${side} had sent before its reset is delivered although the other sends all the while`,
      NONE,
      async (t, harness, endpoint) => {
        const { client, served } = await pair(harness, endpoint);
        const [from, to] = side === 'client' ? [client, served] : [served, client];
        await flood(to, from);
        from.write('the last words');
        to.socket.pause();
        await new Promise<void>((resolve) => from.socket.write('.', () => resolve()));
        from.reset();
        to.socket.resume();
        t.is(await to.readText(15), 'the last words.');
        to.destroy();
        t.is((await harness.record()).reason, `${side}_reset`);
      },
    );
  }

  for (const length of [5, 100_000]) {
    row(
      `an answer that is cut off after ${length} bytes does not pass for a whole one`,
      NONE,
      async (t, harness, endpoint) => {
        const { client, served } = await pair(harness, endpoint);
        served.write(Buffer.alloc(length, 'a'));
        await client.read(length);
        served.reset();
        t.is(await client.kernelEnding(), 'reset');
        t.is((await harness.record()).reason, 'endpoint_reset');
        client.reset();
      },
    );

    row(
      `an answer of ${length} bytes with a reset right behind it does not pass for a whole one`,
      NONE,
      async (t, harness, endpoint) => {
        const { client, served } = await pair(harness, endpoint);
        await new Promise<void>((resolve) => served.socket.write(Buffer.alloc(length, 'a'), () => resolve()));
        served.reset();
        t.is(await client.kernelEnding(), 'reset');
        t.is((await harness.record()).reason, 'endpoint_reset');
        client.reset();
      },
    );
  }

  row(
    'a client that is gone at once leaves its endpoint a reset or nothing, never an end',
    NONE,
    async (t, harness, endpoint) => {
      for (let count = 0; count < 20; count++) (await harness.connect()).reset();
      for (let count = 0; count < 20; count++) t.is((await harness.record()).reason, 'probe');
      // Whoever came after them is served: all of those are known by then.
      const last = await harness.connect();
      last.write('last');
      const endings: string[] = [];
      while (endings.at(-1) !== 'last') {
        const served = await endpoint.accept();
        endings.push(await served.readText(4).catch(() => served.kernelEnding()));
      }
      t.deepEqual(endings, [...endings.slice(0, -1).fill('reset'), 'last']);
      // An end would be passed on, and the session would wait for that of its endpoint until --half-close-timeout.
      last.reset();
      t.is((await harness.record()).reason, 'client_reset');
    },
  );

  row(
    'a connection of a proxy itself that is reset after bytes was a probe',
    { admission: TRUSTED },
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      client.write(Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex'));
      client.write('GET /');
      const served = await endpoint.accept();
      await served.read(16 + 5);
      served.write('ok');
      await client.read(2);
      client.reset();
      t.like(await harness.record(), { reason: 'probe', bytesToEndpoint: 5, bytesToClient: 2 });
      t.is(await served.ending, 'reset');
    },
  );

  row(
    'a client that resets without a byte was a probe, connected or not',
    {},
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      const served = await endpoint.accept();
      await served.read(HEADER);
      client.reset();
      t.is((await harness.record()).reason, 'probe');
      t.is(await served.ending, 'reset');
    },
  );
}
