import type { ExecutionContext, TestFn } from 'ava';
import { parseHeader } from '../../src/wire/parse-header.ts';
import type { Connection } from '../helpers/connection.ts';
import {
  type CreateEngine,
  EngineHarness,
  endpointAt,
  type PlanParts,
  runner,
} from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

export type Play = (t: ExecutionContext, harness: EngineHarness, endpoint: ScriptedEndpoint) => Promise<void>;

/** The plan of a row: parts, or what makes them for its endpoint. */
export type RowPlan = PlanParts | ((endpoint: ScriptedEndpoint) => PlanParts | Promise<PlanParts>);

export const NONE = { presentation: { form: 'none' } } as const;

/** Gives a function that runs `play` with an endpoint and an engine before it, and ends both. */
export function sessionRows(test: TestFn, engine: string, create: CreateEngine) {
  return (title: string, plan: RowPlan, play: Play) => {
    const run = typeof plan === 'function' ? test : runner(test, plan);
    run(`${engine}: ${title}`, async (t) => {
      const endpoint = await ScriptedEndpoint.start();
      const more = typeof plan === 'function' ? await plan(endpoint) : plan;
      const harness = await EngineHarness.start(create, { endpoints: [endpointAt(endpoint.port)], ...more });
      try {
        await play(t, harness, endpoint);
      } finally {
        await harness.stop();
        await endpoint.stop();
      }
    });
  };
}

/** The header that a connection begins with, and nothing of what comes behind it. */
export async function readHeader(connection: Connection) {
  let bytes = Buffer.alloc(0);
  for (;;) {
    bytes = Buffer.concat([bytes, await connection.read(1)]);
    const result = parseHeader(bytes);
    if (result.status === 'header') return result.header;
    if (result.status !== 'incomplete') throw new Error(`no header: ${bytes.toString('hex')}`);
  }
}
