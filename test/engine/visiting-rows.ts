import type { ExecutionContext, TestFn } from 'ava';
import type { Connection } from '../helpers/connection.ts';
import { type CreateEngine, EngineHarness, endpointAt, type PlanParts } from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

type Play = (t: ExecutionContext, harness: EngineHarness, endpoints: ScriptedEndpoint[]) => Promise<void>;

/** How a client of an engine comes to its endpoint, and how the endpoint sees that it has. */
export interface Visiting {
  readonly plan: PlanParts;
  /** What a client says; nothing is answered. */
  readonly says: string;
  /** What of it the endpoint reads. */
  readonly heard: (served: Connection) => Promise<unknown>;
}

export const BYTES: Visiting = {
  plan: { presentation: { form: 'none' } },
  says: 'x',
  heard: (served) => served.read(1),
};

export const at = (endpoints: readonly ScriptedEndpoint[]) =>
  endpoints.map(({ port }, slot) => endpointAt(port, slot));

/** Rows that `play` with endpoints and an engine before them, and what they do as clients. */
export function visitingRows(
  test: TestFn,
  engine: string,
  create: CreateEngine,
  { plan: base, says, heard }: Visiting,
) {
  const row = (title: string, count: number, plan: PlanParts, play: Play) =>
    test(`${engine}: ${title}`, async (t) => {
      const endpoints = await Promise.all(Array.from({ length: count }, () => ScriptedEndpoint.start()));
      const harness = await EngineHarness.start(create, { ...base, endpoints: at(endpoints), ...plan });
      try {
        await play(t, harness, endpoints);
      } finally {
        await harness.stop();
        await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
      }
    });

  /** A client that has said what brings it to an endpoint. */
  const come = async (harness: EngineHarness, localAddress: string) => {
    const client = await harness.connect({ localAddress });
    client.write(says);
    return client;
  };

  /** Connects, and says which endpoint has the session. */
  const visit = async (
    harness: EngineHarness,
    endpoints: readonly ScriptedEndpoint[],
    localAddress: string,
  ) => {
    const before = endpoints.map(({ count }) => count);
    const client = await come(harness, localAddress);
    let slot = -1;
    while (slot < 0) {
      await new Promise(setImmediate);
      slot = endpoints.findIndex(({ count }, index) => count > before[index]!);
    }
    const served = await endpoints[slot]!.accept();
    // What it said has come, so it is connected and counted.
    await heard(served);
    return { client, served, slot };
  };

  const slots = async (
    harness: EngineHarness,
    endpoints: readonly ScriptedEndpoint[],
    clients: readonly string[],
  ) => {
    const seen: number[] = [];
    for (const client of clients) seen.push((await visit(harness, endpoints, client)).slot);
    return seen;
  };

  return { row, come, visit, slots };
}
