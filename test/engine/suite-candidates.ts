import type { TestFn } from 'ava';
import { type CreateEngine, type EngineHarness, endpointAt } from '../helpers/engine-harness.ts';
import type { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { sessionRows } from './session-rows.ts';

/** Endpoints that cannot be reached, and a pool without any. */
export function candidateSuite(test: TestFn, engine: string, create: CreateEngine): void {
  const row = sessionRows(test, engine, create);

  const oneDead = async (endpoint: ScriptedEndpoint) => ({
    endpoints: [endpointAt(await unusedPort(), 0), endpointAt(endpoint.port, 1)],
    ejection: { after: 2 },
  });

  /** How many endpoints each of so many sessions had to try. A worker begins its round anywhere. */
  const attempts = async (harness: EngineHarness, endpoint: ScriptedEndpoint, sessions: number) => {
    const tried: number[] = [];
    for (let session = 0; session < sessions; session++) {
      (await harness.connect()).end('x');
      const served = await endpoint.accept();
      await served.readToEnd();
      served.end();
      const record = await harness.record();
      if (record.reason !== 'client_closed') throw new Error(record.reason);
      tried.push(record.attempts);
    }
    return tried;
  };

  row('a client does not notice an endpoint that refuses', oneDead, async (t, harness, endpoint) => {
    t.deepEqual((await attempts(harness, endpoint, 2)).sort(), [1, 2]);
  });

  row('an endpoint that refuses again and again is left out', oneDead, async (t, harness, endpoint) => {
    const tried = await attempts(harness, endpoint, 8);
    t.deepEqual(tried.slice(0, 4).sort(), [1, 1, 2, 2]);
    t.deepEqual(tried.slice(4), [1, 1, 1, 1]);
    t.is(harness.counter('ejections'), 1);
  });

  row(
    'where no endpoint can be reached the client is reset',
    async () => ({ endpoints: [endpointAt(await unusedPort())] }),
    async (t, harness) => {
      const client = await harness.connect();
      t.is(await client.ending, 'reset');
      t.like(await harness.record(), { reason: 'connect_refused', detail: 'ECONNREFUSED', attempts: 1 });
    },
  );

  row(
    'a pool without an endpoint is a reason of its own',
    () => ({ endpoints: [] }),
    async (t, harness) => {
      t.is(await (await harness.connect()).ending, 'reset');
      t.like(await harness.record(), { reason: 'no_endpoint', attempts: 0 });
    },
  );
}
