import type { ExecutionContext } from 'ava';
import type { LoadPlan } from '../../src/load/load-plan.ts';
import { startLoad } from '../../src/load/run-load.ts';
import { startEcho } from '../../src/tools/echo-server.ts';
import { LINUX } from '../linux/on-linux.ts';
import { planWith } from './sample-plan.ts';

export const SOCKETS = LINUX ? (['epoll', 'net'] as const) : (['net'] as const);
export type SocketsKind = (typeof SOCKETS)[number];

/** Plays 30 arrivals in 100 ms, unless the test says otherwise. */
export function play(kind: SocketsKind, parts: Partial<LoadPlan> & { readonly port: number }) {
  return startLoad(planWith({ rate: 300, durationMs: 100, ...parts }), kind).outcome;
}

/** The kinds of failure that were counted, with their numbers. */
export function failuresOf(errors: { readonly [kind: string]: number }): (readonly [string, number])[] {
  return Object.entries(errors).filter(([, count]) => count > 0);
}

/** `herald echo` on a free port of 127.0.0.1. */
export async function startEchoOn(t: ExecutionContext, { raw = true } = {}): Promise<number> {
  const echo = await startEcho({ listen: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 }, raw });
  t.teardown(() => echo.stop());
  return echo.address.kind === 'tcp' ? echo.address.port : 0;
}
