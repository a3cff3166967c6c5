import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { type Clock, realClock } from './clock.ts';
import { readView, SAMPLERS, type ScrapeView } from './metric-samples.ts';
import { METRICS, type MetricName, type MetricRow } from './metric-table.ts';
import type { ScrapeInput } from './scrape-input.ts';

/** For how long the metrics of the process are reused. */
const PROCESS_METRICS_MS = 1000;

/** What `/metrics` answers. */
export interface Metrics {
  readonly contentType: string;
  /** Reads all values and returns them in the text format of Prometheus. */
  scrape(): Promise<string>;
}

/** Herald's own metrics, read at each scrape, and those of the process. */
export function createMetrics(input: ScrapeInput, clock: Pick<Clock, 'now'> = realClock): Metrics {
  const registry = processRegistry();
  let others = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    contentType: registry.contentType,
    async scrape() {
      const own = await ownRegistry(readView(input)).metrics();
      // Counting open descriptors reads a whole directory, which a flood of requests must not repeat.
      if (clock.now() - readAt >= PROCESS_METRICS_MS) {
        readAt = clock.now();
        others = await registry.metrics();
      }
      return `${own}\n${others}`;
    },
  };
}

/**
 * prom-client's metric objects have to be told of every event, but Herald's counters are in shared memory. Its registry needs
 * only `name` and `get` of a metric, so each scrape gets a registry of such objects.
 */
function ownRegistry(view: ScrapeView): Registry {
  const registry = new Registry();
  for (const { name, type, help, isOfGateway } of METRICS as readonly (MetricRow & { name: MetricName })[]) {
    if (isOfGateway === true && view.input.gateway === null) continue;
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

/** The resolution of the event loop's delay: enough for a loop that serves only scrapes and logs. */
const LOOP_PRECISION_MS = 250;

let shared: Registry | undefined;

/**
 * One registry for the process, made on first use. prom-client starts an observer of garbage collection and one of the event
 * loop, and never stops them, so a second Herald in the process must not add more. Neither keeps the process alive.
 */
function processRegistry(): Registry {
  if (shared === undefined) {
    shared = new Registry();
    // The default would wake the main thread a hundred times a second.
    collectDefaultMetrics({ register: shared, eventLoopMonitoringPrecision: LOOP_PRECISION_MS });
  }
  return shared;
}
