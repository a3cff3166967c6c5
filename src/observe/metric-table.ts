/** One metric of `/metrics`, as the manual shows it. */
export interface MetricRow {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

/** Every metric of Herald's own, in the order of the manual; prom-client's of the process come on top. */
export const METRICS = [
  {
    name: 'herald_sessions_active',
    type: 'gauge',
    labels: ['listener'],
    help: 'Sessions that are open now.',
  },
  {
    name: 'herald_sessions_opened_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Connections that were accepted.',
  },
  {
    name: 'herald_sessions_closed_total',
    type: 'counter',
    labels: ['listener', 'reason'],
    help: 'Sessions that ended, by the reason of the table of reasons.',
  },
  {
    name: 'herald_sessions_limit',
    type: 'gauge',
    labels: ['listener'],
    help: 'Sessions that may be open at once: --max-sessions.',
  },
  {
    name: 'herald_bytes_total',
    type: 'counter',
    labels: ['listener', 'direction'],
    help: 'Bytes of payload relayed, headers not counted; direction is to_endpoint or to_client.',
  },
  {
    name: 'herald_headers_total',
    type: 'counter',
    labels: ['listener', 'version', 'kind'],
    help: 'Clients by how they came: kind proxy with version 1 or 2, local with 2, none with 0.',
  },
  {
    name: 'herald_header_duration_seconds',
    type: 'histogram',
    labels: ['listener'],
    help: 'From the accept until the header was complete.',
  },
  {
    name: 'herald_connect_duration_seconds',
    type: 'histogram',
    labels: ['listener'],
    help: 'The attempt that connected an endpoint, without those that failed before it.',
  },
  {
    name: 'herald_session_duration_seconds',
    type: 'histogram',
    labels: ['listener'],
    help: 'From the accept until both sides were closed.',
  },
  {
    name: 'herald_endpoints',
    type: 'gauge',
    labels: ['listener', 'state'],
    help: 'Endpoints known, each in one state: usable, standby, ejected or unusable.',
  },
  {
    name: 'herald_probe_failures_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Checks of endpoints that failed: --probe.',
  },
  {
    name: 'herald_probe_down',
    type: 'gauge',
    labels: ['listener'],
    help: 'Endpoints that their checks hold to be down; they are left out as ejected ones are.',
  },
  {
    name: 'herald_discovery_synced',
    type: 'gauge',
    labels: ['source'],
    help: '1 once a source of endpoints has answered.',
  },
  {
    name: 'herald_discovery_last_event_timestamp_seconds',
    type: 'gauge',
    labels: ['source'],
    help: 'When a source last gave a sign of life, in seconds since 1970.',
  },
  {
    name: 'herald_discovery_errors_total',
    type: 'counter',
    labels: ['source', 'code'],
    help: 'What went wrong with a source; the last endpoints that it named go on.',
  },
  {
    name: 'herald_connect_failures_total',
    type: 'counter',
    labels: ['listener', 'reason'],
    help: 'Attempts to connect to an endpoint that failed, also where a further one succeeded.',
  },
  {
    name: 'herald_ejections_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Endpoints left out after --eject-after failures in a row.',
  },
  {
    name: 'herald_ejections_ignored_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Endpoints that should have been left out, but --eject-max of the pool was out already.',
  },
  {
    name: 'herald_accept_errors_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Accepts that failed, as without descriptors (epoll engine; Node ends such clients and tells nobody).',
  },
  {
    name: 'herald_source_ports_changed_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Connections of --present transparent that came from another port of the client, since its own could not be had.',
  },
  {
    name: 'herald_worker_busy_seconds_total',
    type: 'counter',
    labels: ['worker'],
    help: 'Seconds that a worker has worked; main is the main thread, where it serves.',
  },
  {
    name: 'herald_worker_busy_ratio',
    type: 'gauge',
    labels: ['worker'],
    help: 'Share of the last 15 seconds that a worker worked.',
  },
  {
    name: 'herald_worker_sessions',
    type: 'gauge',
    labels: ['worker'],
    help: 'Sessions that are open in a worker.',
  },
  {
    name: 'herald_worker_restarts_total',
    type: 'counter',
    labels: ['worker'],
    help: 'How often a worker thread was replaced after a fault.',
  },
  {
    name: 'herald_config_last_reload_successful',
    type: 'gauge',
    labels: [],
    help: '1 where the last reload of the configuration, or the start, was successful.',
  },
  {
    name: 'herald_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    labels: [],
    help: 'When the configuration that serves was taken, in seconds since 1970.',
  },
  {
    name: 'herald_records_dropped_total',
    type: 'counter',
    labels: [],
    help: 'Records of sessions for the log that a full batch dropped.',
  },
  {
    name: 'herald_log_dropped_total',
    type: 'counter',
    labels: [],
    help: 'Log lines dropped because their reader did not read.',
  },
  {
    name: 'herald_build_info',
    type: 'gauge',
    labels: ['version', 'node', 'engine', 'config'],
    help: 'Always 1: version of Herald and of Node, engine, and hash of the configuration.',
  },
] as const satisfies readonly MetricRow[];

export type MetricName = (typeof METRICS)[number]['name'];
