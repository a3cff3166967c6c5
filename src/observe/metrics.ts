import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { type Clock, realClock } from './clock.ts';
import { SAMPLERS, type ScrapeView, takeView } from './metric-samples.ts';
import { METRICS } from './metric-table.ts';
import type { ScrapeInput } from './scrape-input.ts';

/** How old the metrics of the process may be. */
const PROCESS_METRICS_MS = 1000;

/** What `/metrics` answers. */
export interface Metrics {
  readonly contentType: string;
  /** Reads everything now and writes it in Prometheus's text format. */
  scrape(): Promise<string>;
}

/** Herald's own metrics, read from the source at each scrape, and those of the process. */
export function createMetrics(source: ScrapeInput, clock: Pick<Clock, 'now'> = realClock): Metrics {
  const registry = processRegistry();
  let others = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    contentType: registry.contentType,
    async scrape() {
      const own = await ownRegistry(takeView(source)).metrics();
      // Open descriptors are counted by reading a directory, entry by entry: not for every request of a flood.
      if (clock.now() - readAt >= PROCESS_METRICS_MS) {
        readAt = clock.now();
        others = await registry.metrics();
      }
      return `${own}\n${others}`;
    },
  };
}

/**
 * prom-client's metric objects want to be told of every event; ours lie summed in shared memory. All
 * that its registry needs of a metric is `name` and `get`, so it is given that: a registry a scrape.
 */
function ownRegistry(view: ScrapeView): Registry {
  const registry = new Registry();
  for (const { name, type, help } of METRICS) {
    const values = SAMPLERS[name](view).map(({ suffix = '', labels, value }) => ({
      metricName: name + suffix,
      labels,
      value,
    }));
    const metric = { name, get: async () => ({ name, help, type, values, aggregator: 'sum' }) };
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry;
}

/** How often the delay of the event loop is looked at: enough for a loop that only serves scrapes and logs. */
const LOOP_PRECISION_MS = 250;

let shared: Registry | undefined;

/**
 * One for the process, made when it is first wanted: prom-client starts an observer of garbage collection
 * and one of the event loop that it never stops, so a second Herald in this process must not add more.
 * Neither keeps a process alive.
 */
function processRegistry(): Registry {
  if (shared === undefined) {
    shared = new Registry();
    // Its default wakes the main thread a hundred times a second for the delay of the event loop.
    collectDefaultMetrics({ register: shared, eventLoopMonitoringPrecision: LOOP_PRECISION_MS });
  }
  return shared;
}
