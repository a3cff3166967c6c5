import { createMetrics } from '../../src/observe/metrics.ts';
import type { ListenerFacts, ScrapeInput } from '../../src/observe/scrape-input.ts';
import { counterRow, createSharedState, sumCounters } from '../../src/shared-memory/shared-state.ts';

export function createScrape(parts: Partial<ScrapeInput> = {}) {
  const state = createSharedState({ workers: 2, listeners: 2, clients: 0, seed: 1 });
  const facts = (id: number, name: string): ListenerFacts => ({
    id,
    name,
    maxSessions: 8000,
    endpoints: { usable: 3, standby: 0, ejected: 1, unusable: 2 },
    probes: { failures: 4, down: 1 },
  });
  const source: ScrapeInput = {
    state,
    listeners: () => [facts(0, 'web'), facts(1, 'mail')],
    gone: () => [],
    total: () => sumCounters(state, 0),
    gateway: {
      objects: () => [{ kind: 'Service', accepted: true, count: 3 }],
      isLeader: true,
      writes: new Map([['written', 4]]),
      bypassedCount: 2,
      keepsLastAddresses: true,
      hops: () => null,
    },
    sources: () => [
      {
        name: 'k8s:shop/web:https',
        synced: true,
        lastEventAt: 1_767_323_000.5,
        errors: new Map([['gone', 2]]),
      },
      { name: 'dns:web:80', synced: false, lastEventAt: null, errors: new Map() },
    ],
    presents: () => [
      { family: 'ipv4', can: true, isProven: true, why: null },
      { family: 'ipv6', can: false, isProven: false, why: 'its echo refuses' },
    ],
    build: () => ({ version: '0.1.0', node: '20.20.2', engine: 'net', config: '0123456789ab' }),
    logDropped: () => 7,
    recordsDropped: () => 5,
    workers: () => [
      { name: '0', row: 0, busyMs: 1500, busyRatio: 0.25, restarts: 0 },
      { name: '1', row: 1, busyMs: 0, busyRatio: 0, restarts: 3 },
      { name: 'main', row: 2, busyMs: 250, busyRatio: 1, restarts: null },
    ],
    reload: () => ({ successful: true, at: 1_767_323_045.678 }),
    ...parts,
  };
  const row = (worker: number, listener = 0) => counterRow(state, worker, listener);
  return { row, source, lines: async () => (await createMetrics(source).scrape()).split('\n') };
}

/** The series of one metric without its name, sorted as they come. */
export function series(lines: readonly string[], name: string): string[] {
  return lines
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => line.slice(name.length));
}
