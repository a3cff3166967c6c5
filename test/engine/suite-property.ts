import { once } from 'node:events';
import type { TestFn } from 'ava';
import fc from 'fast-check';
import type { Connection } from '../helpers/connection.ts';
import { type CreateEngine, EngineHarness, endpointAt } from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

/** What one side does, step by step, while it reads all that comes (or stalls for a while). */
type Step =
  | { readonly do: 'write'; readonly bytes: number }
  | { readonly do: 'wait'; readonly turns: number }
  | { readonly do: 'stall'; readonly turns: number };

interface Script {
  readonly steps: readonly Step[];
  readonly last: 'end' | 'reset';
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('write' as const), bytes: fc.integer({ min: 1, max: 300_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), turns: fc.integer({ min: 1, max: 20 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('stall' as const), turns: fc.integer({ min: 1, max: 60 }) }),
  },
);
const script = fc.record({
  steps: fc.array(step, { maxLength: 8 }),
  last: fc.oneof(
    { weight: 5, arbitrary: fc.constant('end' as const) },
    { weight: 1, arbitrary: fc.constant('reset' as const) },
  ),
});

/** The byte at any place of a direction's stream: what has come can be checked without being kept. */
const byteAt = (at: number, salt: number): number => (at * 31 + (at >> 8) * 7 + salt) & 0xff;

function block(at: number, length: number, salt: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index++) bytes[index] = byteAt(at + index, salt);
  return bytes;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

async function play({ socket }: Connection, { steps, last }: Script, salt: number): Promise<number> {
  let sent = 0;
  for (const each of steps) {
    if (socket.destroyed) return sent;
    if (each.do === 'wait') await turns(each.turns);
    else if (each.do === 'stall') {
      socket.pause();
      await turns(each.turns);
      socket.resume();
    } else {
      const more = socket.write(block(sent, each.bytes, salt));
      sent += each.bytes;
      if (!more) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
    }
  }
  if (last === 'end') socket.end();
  else socket.resetAndDestroy();
  return sent;
}

/** Counts and checks what comes; resolves with the count once the stream is over, however. */
function check({ socket }: Connection, skip: number, salt: number): Promise<number> {
  let count = -skip;
  return new Promise((resolve, reject) => {
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => {
      for (const byte of chunk) {
        if (count >= 0 && byte !== byteAt(count, salt))
          reject(new Error(`byte ${count} is not what was sent`));
        count++;
      }
    });
    for (const event of ['end', 'close'] as const) socket.once(event, () => resolve(Math.max(count, 0)));
  });
}

/** Whatever both sides do, what arrives is what was sent, in order, up to where the session ended. */
export function relayProperty(test: TestFn, engine: string, create: CreateEngine): void {
  test(`${engine}: the relay delivers the same bytes under any schedule of chunks, stalls, half-closes and resets`, async (t) => {
    const endpoint = await ScriptedEndpoint.start();
    const harness = await EngineHarness.start((parts) => create({ ...parts, lingerMs: 100 }), {
      endpoints: [endpointAt(endpoint.port)],
    });
    let sessions = 0;
    await fc.assert(
      fc.asyncProperty(script, script, async (clientScript, endpointScript) => {
        const client = await harness.connect();
        const received = { client: check(client, 0, 2), endpoint: Promise.resolve(0) };
        const served = await endpoint.accept();
        received.endpoint = check(served, 28, 1);
        const [toEndpoint, toClient] = await Promise.all([
          play(client, clientScript, 1),
          play(served, endpointScript, 2),
        ]);
        const [atEndpoint, atClient] = await Promise.all([received.endpoint, received.client]);
        const record = await harness.record();
        sessions++;
        if (clientScript.last === 'end' && endpointScript.last === 'end') {
          if (atEndpoint !== toEndpoint || atClient !== toClient) throw new Error('bytes were lost');
          if (!['client_closed', 'endpoint_closed', 'probe'].includes(record.reason))
            throw new Error(record.reason);
        } else if (atEndpoint > toEndpoint || atClient > toClient) throw new Error('bytes were made up');
      }),
      { numRuns: 60 },
    );
    t.true(sessions >= 60);
    t.is(harness.active, 0);
    await harness.stop();
    await endpoint.stop();
  });
}
