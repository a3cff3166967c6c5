/** One metric of `/metrics`, as the manual shows it. */
export interface MetricRow {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
  /** Only `herald gateway` has it. */
  readonly isOfGateway?: boolean;
}

/** Herald's own metrics, in the order of the manual. prom-client adds those of the process. */
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
    help: 'Connections accepted.',
  },
  {
    name: 'herald_sessions_closed_total',
    type: 'counter',
    labels: ['listener', 'reason'],
    help: 'Sessions that ended, by close reason.',
  },
  {
    name: 'herald_sessions_limit',
    type: 'gauge',
    labels: ['listener'],
    help: 'How many sessions may be open at once: --max-sessions.',
  },
  {
    name: 'herald_bytes_total',
    type: 'counter',
    labels: ['listener', 'direction'],
    help: 'Bytes of payload relayed, without headers; direction is to_endpoint or to_client.',
  },
  {
    name: 'herald_headers_total',
    type: 'counter',
    labels: ['listener', 'version', 'kind'],
    help: 'Clients by their PROXY header: kind proxy with version 1 or 2, local with version 2, none with version 0.',
  },
  {
    name: 'herald_header_duration_seconds',
    type: 'histogram',
    labels: ['listener'],
    help: 'Time from the accept until the header was complete. Beyond 100 listeners, one of the process without a label.',
  },
  {
    name: 'herald_connect_duration_seconds',
    type: 'histogram',
    labels: ['listener'],
    help: 'Time of the connect that succeeded, without failed attempts before it. Beyond 100 listeners, one of the process without a label.',
  },
  {
    name: 'herald_session_duration_seconds',
    type: 'histogram',
    labels: ['listener'],
    help: 'Time from the accept until both sides were closed. Beyond 100 listeners, one of the process without a label.',
  },
  {
    name: 'herald_endpoints',
    type: 'gauge',
    labels: ['listener', 'state'],
    help: 'Known endpoints by state: usable, standby, ejected or unusable. Each is in one state; one that clients cannot be presented to (--present transparent) is unusable.',
  },
  {
    name: 'herald_probe_failures_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Health checks that failed: --probe.',
  },
  {
    name: 'herald_probe_down',
    type: 'gauge',
    labels: ['listener'],
    help: 'Endpoints that are down by their health checks; they are left out like ejected ones.',
  },
  {
    name: 'herald_discovery_synced',
    type: 'gauge',
    labels: ['discovery'],
    help: '1 once the source of endpoints has answered, else 0.',
  },
  {
    name: 'herald_discovery_last_event_timestamp_seconds',
    type: 'gauge',
    labels: ['discovery'],
    help: 'When the source last answered or sent an event, in seconds since 1970.',
  },
  {
    name: 'herald_discovery_errors_total',
    type: 'counter',
    labels: ['discovery', 'code'],
    help: 'Errors of the source; its last known endpoints stay in use.',
  },
  {
    name: 'herald_connect_failures_total',
    type: 'counter',
    labels: ['listener', 'reason'],
    help: 'Failed connects to endpoints, also if a later attempt of the session succeeded.',
  },
  {
    name: 'herald_ejections_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Endpoints ejected after --eject-after failures in a row.',
  },
  {
    name: 'herald_ejections_ignored_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Endpoints that were not ejected because --eject-max of the pool was ejected already.',
  },
  {
    name: 'herald_accept_errors_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Failed accepts, for example without free descriptors (epoll engine only; Node closes such clients unseen).',
  },
  {
    name: 'herald_source_ports_changed_total',
    type: 'counter',
    labels: ['listener'],
    help: 'Connections of --present transparent that use another port of the client, because its own was not available.',
  },
  {
    name: 'herald_node_presents',
    type: 'gauge',
    labels: ['family'],
    help: '1 if this node presents clients to endpoints that are not on loopback (--present transparent), else 0; family is ipv4 or ipv6. With --node-echo it was proven.',
  },
  {
    name: 'herald_transparent_plain_dials_total',
    type: 'counter',
    labels: ['listener'],
    help: "Connections of --present transparent that come from Herald's own address, because the client is on the endpoint's node.",
  },
  {
    name: 'herald_worker_busy_seconds_total',
    type: 'counter',
    labels: ['worker'],
    help: 'Seconds that a worker has been busy; main is the main thread, if it serves.',
  },
  {
    name: 'herald_worker_busy_ratio',
    type: 'gauge',
    labels: ['worker'],
    help: 'Share of the last 15 seconds that a worker was busy.',
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
    name: 'herald_gateway_objects',
    type: 'gauge',
    labels: ['kind', 'accepted'],
    help: 'Objects of the cluster that ask for this gateway, by whether it serves them: herald gateway.',
    isOfGateway: true,
  },
  {
    name: 'herald_gateway_leader',
    type: 'gauge',
    labels: [],
    help: '1 if this instance writes the statuses of objects, else 0: herald gateway.',
    isOfGateway: true,
  },
  {
    name: 'herald_gateway_status_writes_total',
    type: 'counter',
    labels: ['result'],
    help: 'Writes of statuses of objects by this instance, by result: herald gateway.',
    isOfGateway: true,
  },
  {
    name: 'herald_gateway_bypassed_addresses',
    type: 'gauge',
    labels: [],
    help: 'Published addresses, each with a port, that led past Herald when this instance dialed them: herald gateway.',
    isOfGateway: true,
  },
  {
    name: 'herald_gateway_addresses_kept',
    type: 'gauge',
    labels: [],
    help: '1 while no node qualifies to be published and the last addresses stay, else 0: herald gateway.',
    isOfGateway: true,
  },
  {
    name: 'herald_config_last_reload_successful',
    type: 'gauge',
    labels: [],
    help: '1 if the last reload of the configuration, or the start, was successful, else 0.',
  },
  {
    name: 'herald_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    labels: [],
    help: 'When the configuration in force was applied, in seconds since 1970.',
  },
  {
    name: 'herald_records_dropped_total',
    type: 'counter',
    labels: [],
    help: 'Session records for the log that were dropped because a batch was full.',
  },
  {
    name: 'herald_log_dropped_total',
    type: 'counter',
    labels: [],
    help: 'Log lines dropped because the reader of the log was too slow.',
  },
  {
    name: 'herald_build_info',
    type: 'gauge',
    labels: ['version', 'node', 'engine', 'config'],
    help: 'Always 1; the labels are the versions of Herald and Node, the engine, and a hash of the configuration.',
  },
] as const satisfies readonly MetricRow[];

export type MetricName = (typeof METRICS)[number]['name'];
