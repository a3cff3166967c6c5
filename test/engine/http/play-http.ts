import type { ExecutionContext, TestFn } from 'ava';
import { createHttpEngine } from '../../../src/engine/http/http-engine.ts';
import type { Connection } from '../../helpers/connection.ts';
import {
  type CreateEngine,
  ENGINE_DEFAULTS,
  EngineHarness,
  endpointAt,
  type PlanParts,
  runner,
} from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { rawCalls } from '../raw-calls.ts';

export const create: CreateEngine = (parts) => createHttpEngine({ ...ENGINE_DEFAULTS, ...parts });
export const createBatching: CreateEngine = (parts) =>
  createHttpEngine({ ...ENGINE_DEFAULTS, ...parts, ...rawCalls() });

/** An engine whose time a test moves on, over as many looks at the clock as deadlines need. */
export function movedClock() {
  let skewMs = 0;
  let looks = 0;
  const now = () => {
    looks++;
    return ENGINE_DEFAULTS.now() + skewMs;
  };
  return {
    create: ((parts) => createHttpEngine({ ...ENGINE_DEFAULTS, ...parts, now })) satisfies CreateEngine,
    moves: (ms: number) => {
      skewMs += ms;
    },
    /** The same, and whoever has a deadline has looked at it. */
    passes: async (ms: number) => {
      skewMs += ms;
      for (const enough = looks + 4; looks < enough; ) await new Promise(setImmediate);
    },
  };
}

export const FORWARDED = { presentation: { form: 'forwarded' } } as const satisfies PlanParts;

export const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
export const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
/** The head of an early answer, to which fields may be added; its body is `no`. */
export const REFUSAL = 'HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\n';

type Clock = ReturnType<typeof movedClock>;
export type Play = (t: ExecutionContext, harness: EngineHarness, endpoint: ScriptedEndpoint) => Promise<void>;

/** Plays with an endpoint that the test is itself, and the HTTP engine before it; ends both. */
export function httpRow(test: TestFn) {
  return (title: string, plan: PlanParts, play: Play) =>
    runner(test, plan)(title, (t) => playHttp(t, create, plan, play));
}

/** The same by a clock that the row moves on. */
export function clockRow(test: TestFn) {
  return (
    title: string,
    plan: PlanParts,
    play: (...scene: [...Parameters<Play>, clock: Clock]) => Promise<void>,
  ) =>
    test.serial(title, (t) => {
      const clock = movedClock();
      return playHttp(t, clock.create, plan, (...scene) => play(...scene, clock));
    });
}

async function playHttp(
  t: ExecutionContext,
  create: CreateEngine,
  plan: PlanParts,
  play: Play,
): Promise<void> {
  const endpoint = await ScriptedEndpoint.start();
  const harness = await EngineHarness.start(create, {
    endpoints: [endpointAt(endpoint.port)],
    ...FORWARDED,
    ...plan,
  });
  try {
    await play(t, harness, endpoint);
    t.deepEqual(harness.faults, []);
  } finally {
    await harness.stop();
    await endpoint.stop();
  }
  t.is(harness.active, 0);
  t.is(harness.state.reserved[0], 0);
  t.true(harness.state.endpointSessions.every((sessions) => sessions === 0));
}

/** A head with the empty line behind it, of a request or an answer. */
export async function readHead(connection: Connection): Promise<string> {
  let head = '';
  while (!head.endsWith('\r\n\r\n')) head += await connection.readText(1);
  return head;
}

/** The values of a field, in order. */
export function fieldsOf(head: string, name: string): string[] {
  return head
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => line.slice(name.length + 1).trim());
}

/** A head and the body that its Content-Length announces. */
export async function readMessage(connection: Connection): Promise<{ head: string; body: string }> {
  const head = await readHead(connection);
  const length = Number(fieldsOf(head, 'content-length')[0] ?? 0);
  return { head, body: await connection.readText(length) };
}
