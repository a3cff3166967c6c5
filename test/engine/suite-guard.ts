import type { ExecutionContext, TestFn } from 'ava';
import type { Connection } from '../helpers/connection.ts';
import { type CreateEngine, EngineHarness, endpointAt } from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

/** How often a race is run: a few rounds lose it nearly always. */
const ROUNDS = 16;
const V1 = 'PROXY';
const V2 = '\r\n\r\n\0\r\nQUIT\n';
const latin = (text: string) => Buffer.from(text, 'latin1');

/** What a headerless client sends that may begin a header, where nothing of ours comes before it. */
export function guardSuite(test: TestFn, engine: string, create: CreateEngine): void {
  const row = (
    title: string,
    play: (t: ExecutionContext, harness: EngineHarness, endpoint: ScriptedEndpoint) => Promise<void>,
  ) =>
    test(`${engine}: ${title}`, async (t) => {
      const endpoint = await ScriptedEndpoint.start();
      const harness = await EngineHarness.start(create, {
        endpoints: [endpointAt(endpoint.port)],
        presentation: { form: 'none' },
      });
      try {
        await play(t, harness, endpoint);
      } finally {
        await harness.stop();
        await endpoint.stop();
      }
    });

  const beginnings = { 'an empty line': '\r\n', 'a lone P': 'P', 'nearly a signature': V2.slice(0, -1) };

  for (const [what, bytes] of Object.entries(beginnings)) {
    row(
      `${what} of a headerless client goes on after a second, and all that follows at once`,
      async (t, harness, endpoint) => {
        const client = await harness.connect({ noDelay: true });
        client.write(latin(bytes));
        const served = await endpoint.accept();
        const began = performance.now();
        t.is(await served.readText(bytes.length), bytes);
        // Not before; how late is not looked at.
        t.true(performance.now() - began > 500);
        served.write('220 hello');
        t.is(await client.readText(9), '220 hello');
        client.end('quit');
        t.is((await served.readToEnd()).toString(), 'quit');
        served.end();
        t.like(await harness.record(), { reason: 'client_closed', bytesToEndpoint: bytes.length + 4 });
      },
    );
  }

  for (const signature of [V1, V2]) {
    const name = signature === V1 ? 'version 1' : 'version 2';
    row(`the rest of a signature of ${name} never follows its beginning`, async (t, harness, endpoint) => {
      const client = await harness.connect({ noDelay: true });
      client.write(latin(signature.slice(0, 2)));
      const served = await endpoint.accept();
      t.is(await served.readText(2), signature.slice(0, 2));
      client.write(latin(signature.slice(2, 4)));
      t.is(await served.readText(2), signature.slice(2, 4));
      client.write(latin(`${signature.slice(4)} and more`));
      t.is((await harness.record()).reason, 'plain_header');
      t.is(await served.ending, 'reset');
      t.is(served.received.length, 0);
      t.is(await client.ending, 'reset');
    });
  }

  row("bytes that are held when their client resets are its endpoint's", async (t, harness, endpoint) => {
    const client = await harness.connect({ noDelay: true });
    const served = await endpoint.accept();
    await new Promise<void>((resolve) => client.socket.write('PRO', () => resolve()));
    client.reset();
    t.is(await served.readText(3), 'PRO');
    t.is((await harness.record()).reason, 'client_reset');
  });

  row('bytes that are held when their client ends its stream go on at once', async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.end('PRO');
    const served = await endpoint.accept();
    t.is((await served.readToEnd()).toString(), 'PRO');
    served.end();
    t.is((await harness.record()).reason, 'client_closed');
  });

  for (const held of ['', 'PRO']) {
    const behind = held === '' ? '' : ' behind bytes that are held';
    row(
      `a header of a plain client${behind} does not pass, whoever meets the client's reset`,
      async (t, harness, endpoint) => {
        const reasons = new Set<string>();
        for (let round = 0; round < ROUNDS; round++) {
          const client = await harness.connect({ noDelay: true });
          const served = await endpoint.accept();
          const stopSending = sendOn(served);
          await client.read(1);
          if (held !== '') client.write(held);
          await client.read(1);
          client.write(`${V1} TCP4 192.0.2.1 192.0.2.2 1 2\r\n`.slice(held.length));
          client.reset();
          reasons.add((await harness.record()).reason);
          stopSending();
          await served.closed;
          t.false(served.received.toString('latin1').startsWith(V1));
        }
        t.false(reasons.has('client_reset'));
      },
    );
  }
}

/** Sends without a pause, so that a send is often what finds that the client has reset. */
function sendOn(connection: Connection): () => void {
  let isOver = false;
  const send = () => {
    if (isOver || connection.socket.destroyed) return;
    for (let count = 0; count < 8; count++) connection.write('x');
    setImmediate(send);
  };
  send();
  return () => {
    isOver = true;
    connection.destroy();
  };
}
