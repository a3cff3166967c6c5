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

/** The counters of a listener, summed over all workers once for the whole scrape. */
interface CountedView {
  readonly name: string;
  readonly row: Float64Array;
}

/** Beyond this many listeners a histogram is one of the process: each has up to 20 series. */
const MOST_HISTOGRAMS = 100;

/** The values that all samplers of one scrape read. */
export interface ScrapeView {
  readonly input: ScrapeInput;
  readonly listeners: readonly ListenerFacts[];
  /** The same, and those that have vanished. */
  readonly counted: readonly CountedView[];
  /** Whose histograms there are: `listener` null is the process. */
  readonly timed: readonly { readonly listener: string | null; readonly row: Float64Array }[];
  readonly workers: readonly WorkerFacts[];
}

export function readView(input: ScrapeInput): ScrapeView {
  const listeners = input.listeners();
  const counted = [...listeners, ...input.gone()].map(({ id, name }) => ({
    name,
    row: sumCounters(input.state, id),
  }));
  const timed =
    counted.length > MOST_HISTOGRAMS
      ? [{ listener: null, row: input.total() }]
      : counted.map(({ name, row }) => ({ listener: name, row }));
  return { input, listeners, counted, timed, workers: input.workers() };
}

/** How each metric is read. A metric of the table without a sampler does not compile. */
export const SAMPLERS: { readonly [name in MetricName]: (view: ScrapeView) => Sample[] } = {
  herald_sessions_active: counted(({ row }) => [[{}, row[COUNTER.opened]! - row[COUNTER.ended]!]]),
  herald_sessions_opened_total: counter('opened'),
  herald_sessions_closed_total: byReason(REASON_NAMES, REASON_AT),
  herald_sessions_limit: split(({ maxSessions }) => [[{}, maxSessions]]),
  herald_bytes_total: counted(({ row }) => [
    [{ direction: 'to_endpoint' }, row[COUNTER.bytesToEndpoint]!],
    [{ direction: 'to_client' }, row[COUNTER.bytesToClient]!],
  ]),
  herald_headers_total: counted(({ row }) => [
    [{ version: '1', kind: 'proxy' }, row[COUNTER.header1Proxy]!],
    [{ version: '2', kind: 'proxy' }, row[COUNTER.header2Proxy]!],
    [{ version: '2', kind: 'local' }, row[COUNTER.header2Local]!],
    [{ version: '0', kind: 'none' }, row[COUNTER.headerNone]!],
  ]),
  herald_header_duration_seconds: histogram('headerDuration'),
  herald_connect_duration_seconds: histogram('connectDuration'),
  herald_session_duration_seconds: histogram('sessionDuration'),
  herald_endpoints: split(({ endpoints }) =>
    endpoints === null
      ? []
      : (['usable', 'standby', 'ejected', 'unusable'] as const).map((state) => [{ state }, endpoints[state]]),
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
  herald_node_presents: ({ input }) =>
    input.presents().map(({ family, can }) => ({ labels: { family }, value: can ? 1 : 0 })),
  herald_transparent_plain_dials_total: counter('dialedPlainly'),
  herald_worker_busy_seconds_total: workers(({ busyMs }) => busyMs / 1000),
  herald_worker_busy_ratio: workers(({ busyRatio }) => busyRatio),
  herald_worker_sessions: workers(({ row }, { state }) => workerSessions(state, row)),
  herald_worker_restarts_total: workers(({ restarts }) => restarts),
  herald_gateway_objects: ({ input: { gateway } }) =>
    (gateway?.objects() ?? []).map(({ kind, accepted, count }) => ({
      labels: { kind, accepted: String(accepted) },
      value: count,
    })),
  herald_gateway_leader: ({ input: { gateway } }) => [
    { labels: {}, value: gateway?.isLeader === true ? 1 : 0 },
  ],
  herald_gateway_status_writes_total: ({ input: { gateway } }) =>
    [...(gateway?.writes ?? [])].map(([result, value]) => ({ labels: { result }, value })),
  herald_gateway_bypassed_addresses: ({ input: { gateway } }) => [
    { labels: {}, value: gateway?.bypassedCount ?? 0 },
  ],
  herald_gateway_addresses_kept: ({ input: { gateway } }) => [
    { labels: {}, value: gateway?.keepsLastAddresses === true ? 1 : 0 },
  ],
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

/** Of listeners in force. */
function split(read: (listener: ListenerFacts) => Split): (view: ScrapeView) => Sample[] {
  return ({ listeners }) => listeners.flatMap((listener) => labelled(listener.name, read(listener)));
}

/** What is counted, of listeners that have vanished too. */
function counted(read: (listener: CountedView) => Split): (view: ScrapeView) => Sample[] {
  return ({ counted }) => counted.flatMap((listener) => labelled(listener.name, read(listener)));
}

function labelled(listener: string, values: Split): Sample[] {
  return values.map(([labels, value]) => ({ labels: { listener, ...labels }, value }));
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

function counter(name: CounterName): (view: ScrapeView) => Sample[] {
  return counted(({ row }) => [[{}, row[COUNTER[name]]!]]);
}

function byReason(names: readonly string[], at: number): (view: ScrapeView) => Sample[] {
  return counted(({ row }) =>
    names
      .map((reason, i) => [{ reason }, row[at + i]!] as const)
      .filter(([{ reason }, value]) => value > 0 || ALERTED_REASONS.has(reason)),
  );
}

/** The shared state counts milliseconds in separate buckets; Prometheus wants seconds in cumulative ones. */
function histogram(name: HistogramName): (view: ScrapeView) => Sample[] {
  const bounds = HISTOGRAMS[name];
  const at = HISTOGRAM_AT[name];
  return ({ timed }) =>
    timed.flatMap(({ listener, row }) => {
      const label = listener === null ? {} : { listener };
      let count = 0;
      const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, i): Sample => {
        count += row[at + i]!;
        const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound / 1000);
        return { suffix: '_bucket', labels: { ...label, le }, value: count };
      });
      const sum = row[at + bounds.length + 1]! / 1000;
      return [
        ...buckets,
        { suffix: '_sum', labels: label, value: sum },
        { suffix: '_count', labels: label, value: count },
      ];
    });
}
