import { REASON_NAMES } from '../plan/close-reason.ts';
import { CONNECT_FAILURES } from '../plan/connect-failure.ts';
import {
  COUNTER,
  type CounterName,
  FAILURE_AT,
  HISTOGRAM_AT,
  HISTOGRAMS,
  type HistogramName,
  REASON_AT,
} from '../shared-memory/counters.ts';
import { counterRow, listenerRows, type SharedState, sumCounters } from '../shared-memory/shared-state.ts';
import { ALERTED_REASONS } from './alerted-reasons.ts';
import type { MetricName } from './metric-table.ts';
import type { ListenerFacts, ScrapeInput, SourceFacts, WorkerFacts } from './scrape-input.ts';

/** One line of `/metrics`. `suffix` follows the name in the series of a histogram. */
export interface Sample {
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: { readonly [label: string]: string };
  readonly value: number;
}

/** One listener with its counters, summed over all workers once for the whole scrape. */
interface ListenerView extends ListenerFacts {
  readonly row: Float64Array;
}

/** The values that all samplers of one scrape read. */
export interface ScrapeView {
  readonly input: ScrapeInput;
  readonly listeners: readonly ListenerView[];
  readonly workers: readonly WorkerFacts[];
}

export function readView(input: ScrapeInput): ScrapeView {
  const listeners = input.listeners().map((facts) => ({ ...facts, row: sumCounters(input.state, facts.id) }));
  return { input, listeners, workers: input.workers() };
}

/** How each metric is read. A metric of the table without a sampler does not compile. */
export const SAMPLERS: { readonly [name in MetricName]: (view: ScrapeView) => Sample[] } = {
  herald_sessions_active: each(({ row }) => row[COUNTER.opened]! - row[COUNTER.ended]!),
  herald_sessions_opened_total: counter('opened'),
  herald_sessions_closed_total: byReason(REASON_NAMES, REASON_AT),
  herald_sessions_limit: each(({ maxSessions }) => maxSessions),
  herald_bytes_total: split(({ row }) => [
    [{ direction: 'to_endpoint' }, row[COUNTER.bytesToEndpoint]!],
    [{ direction: 'to_client' }, row[COUNTER.bytesToClient]!],
  ]),
  herald_headers_total: split(({ row }) => [
    [{ version: '1', kind: 'proxy' }, row[COUNTER.header1Proxy]!],
    [{ version: '2', kind: 'proxy' }, row[COUNTER.header2Proxy]!],
    [{ version: '2', kind: 'local' }, row[COUNTER.header2Local]!],
    [{ version: '0', kind: 'none' }, row[COUNTER.headerNone]!],
  ]),
  herald_header_duration_seconds: histogram('headerDuration'),
  herald_connect_duration_seconds: histogram('connectDuration'),
  herald_session_duration_seconds: histogram('sessionDuration'),
  herald_endpoints: split(({ endpoints }) =>
    (['usable', 'standby', 'ejected', 'unusable'] as const).map((state) => [{ state }, endpoints[state]]),
  ),
  herald_probe_failures_total: split(({ probes }) => (probes === null ? [] : [[{}, probes.failures]])),
  herald_probe_down: split(({ probes }) => (probes === null ? [] : [[{}, probes.down]])),
  herald_discovery_synced: sources(({ synced }) => [[{}, synced ? 1 : 0]]),
  herald_discovery_last_event_timestamp_seconds: sources(({ lastEventAt }) =>
    lastEventAt === null ? [] : [[{}, lastEventAt]],
  ),
  herald_discovery_errors_total: sources(({ errors }) =>
    [...errors].map(([code, count]) => [{ code }, count]),
  ),
  herald_connect_failures_total: byReason(CONNECT_FAILURES, FAILURE_AT),
  herald_ejections_total: counter('ejections'),
  herald_ejections_ignored_total: counter('ejectionsIgnored'),
  herald_accept_errors_total: counter('acceptErrors'),
  herald_source_ports_changed_total: counter('portsChanged'),
  herald_worker_busy_seconds_total: workers(({ busyMs }) => busyMs / 1000),
  herald_worker_busy_ratio: workers(({ busyRatio }) => busyRatio),
  herald_worker_sessions: workers(({ row }, { state }) => workerSessions(state, row)),
  herald_worker_restarts_total: workers(({ restarts }) => restarts),
  herald_config_last_reload_successful: ({ input }) => [
    { labels: {}, value: input.reload().successful ? 1 : 0 },
  ],
  herald_config_last_reload_success_timestamp_seconds: ({ input }) => [
    { labels: {}, value: input.reload().at },
  ],
  herald_records_dropped_total: ({ input }) => [{ labels: {}, value: input.recordsDropped() }],
  herald_log_dropped_total: ({ input }) => [{ labels: {}, value: input.logDropped() }],
  herald_build_info: ({ input }) => [{ labels: input.build(), value: 1 }],
};

type Split = readonly (readonly [labels: { readonly [label: string]: string }, value: number])[];

function split(read: (listener: ListenerView) => Split): (view: ScrapeView) => Sample[] {
  return ({ listeners }) =>
    listeners.flatMap((listener) =>
      read(listener).map(([labels, value]) => ({ labels: { listener: listener.name, ...labels }, value })),
    );
}

function sources(read: (source: SourceFacts) => Split): (view: ScrapeView) => Sample[] {
  return (view) =>
    view.input
      .sources()
      .flatMap((source) =>
        read(source).map(([labels, value]) => ({ labels: { discovery: source.name, ...labels }, value })),
      );
}

/** `read` returns null if the metric does not apply to the worker. */
function workers(
  read: (worker: WorkerFacts, input: ScrapeInput) => number | null,
): (view: ScrapeView) => Sample[] {
  return ({ input, workers }) =>
    workers.flatMap((worker) => {
      const value = read(worker, input);
      return value === null ? [] : [{ labels: { worker: worker.name }, value }];
    });
}

function workerSessions(state: SharedState, worker: number): number {
  let sessions = 0;
  for (let listener = 0; listener < listenerRows(state); listener++) {
    const row = counterRow(state, worker, listener);
    sessions += row[COUNTER.opened]! - row[COUNTER.ended]!;
  }
  return sessions;
}

function each(read: (listener: ListenerView) => number): (view: ScrapeView) => Sample[] {
  return split((listener) => [[{}, read(listener)]]);
}

function counter(name: CounterName): (view: ScrapeView) => Sample[] {
  return each(({ row }) => row[COUNTER[name]]!);
}

function byReason(names: readonly string[], at: number): (view: ScrapeView) => Sample[] {
  return split(({ row }) =>
    names
      .map((reason, i) => [{ reason }, row[at + i]!] as const)
      .filter(([{ reason }, value]) => value > 0 || ALERTED_REASONS.has(reason)),
  );
}

/** The shared state counts milliseconds in separate buckets; Prometheus wants seconds in cumulative ones. */
function histogram(name: HistogramName): (view: ScrapeView) => Sample[] {
  const bounds = HISTOGRAMS[name];
  const at = HISTOGRAM_AT[name];
  return ({ listeners }) =>
    listeners.flatMap(({ name: listener, row }) => {
      let count = 0;
      const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, i): Sample => {
        count += row[at + i]!;
        const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound / 1000);
        return { suffix: '_bucket', labels: { listener, le }, value: count };
      });
      const sum = row[at + bounds.length + 1]! / 1000;
      return [
        ...buckets,
        { suffix: '_sum', labels: { listener }, value: sum },
        { suffix: '_count', labels: { listener }, value: count },
      ];
    });
}
