import type { ExecutionContext } from 'ava';
import type { IpSet } from '../../src/address/ip-set.ts';
import type { ParsedAddress } from '../../src/address/socket-address.ts';
import { type Clock, realClock } from '../../src/observe/clock.ts';
import { createMetricsServer } from '../../src/ops/metrics-server.ts';
import type { ProbeState } from '../../src/ops/ops-state.ts';
import type { ConnectionLookup } from '../../src/ops/reached.ts';
import { ask } from './ask.ts';

export const GOOD: ProbeState = {
  opened: () => true,
  started: () => true,
  listenersOpen: () => [
    { name: 'web', open: true },
    { name: 'mail', open: true },
  ],
  draining: () => false,
  alive: () => true,
};

export const SCRAPED = 'herald_x 1\n';

export async function openMetricsServer(
  t: ExecutionContext,
  state: Partial<ProbeState> = {},
  scrape = async () => SCRAPED,
  clock: Clock = realClock,
  metricsAllow: (() => IpSet) | null = null,
) {
  const server = createMetricsServer({
    address: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 },
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', scrape },
    state: { ...GOOD, ...state },
    clock,
    metricsAllow,
  });
  const address = await server.start();
  t.teardown(() => server.stop());
  return address as ParsedAddress & { port: number };
}

/** The address of a metrics server that answers `/reached` by this lookup; without one it does not. */
export async function serveReached(t: ExecutionContext, lookUp?: ConnectionLookup) {
  const server = createMetricsServer({
    address: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 },
    metrics: { contentType: 'text/plain', scrape: async () => SCRAPED },
    state: GOOD,
    lookUp,
  });
  t.teardown(() => server.stop());
  return (await server.start()) as ParsedAddress & { port: number };
}

export async function startMetricsServer(t: ExecutionContext, state: Partial<ProbeState> = {}) {
  const address = await openMetricsServer(t, state);
  return (path: string) => ask(address, path);
}
