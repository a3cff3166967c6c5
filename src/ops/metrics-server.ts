import { type IpSet, ipSetHas } from '../address/ip-set.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import { isLoopback } from '../config/same-socket.ts';
import { type Clock, realClock } from '../observe/clock.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Binding } from './listen.ts';
import { createOpsServer, failure, type OpsAnswer, type OpsRequest, type OpsServer } from './ops-server.ts';
import type { ProbeState } from './ops-state.ts';
import { probeRoutes } from './probes.ts';
import { type ConnectionLookup, reached } from './reached.ts';
import { shareScrape } from './shared-scrape.ts';

export interface MetricsServerOptions {
  readonly address: ParsedAddress;
  readonly metrics: Metrics;
  readonly state: ProbeState;
  /** Who may read `/metrics` besides loopback, now; null: everyone. Probes are answered for everyone. */
  readonly metricsAllow?: (() => IpSet) | null;
  readonly clock?: Clock;
  readonly binding?: Binding;
  /** Serves `/reached`, which instances of a gateway ask each other. */
  readonly lookUp?: ConnectionLookup | undefined;
}

/** For a kubelet, one or two scrapers, and some strangers. The first three may share one node address. */
const LIMITS = { maxConnections: 32, maxPerAddress: 4 };

const NOT_ALLOWED: OpsAnswer = {
  status: 403,
  body: 'Metrics name the objects of all tenants: only loopback and the addresses of --metrics-allow may read them.\n',
};

/** `peer` null: it came over a unix socket. */
function mayRead(peer: Uint8Array | null, allowed: IpSet): boolean {
  return peer === null || isLoopback(peer) || ipSetHas(allowed, peer);
}

/**
 * `--metrics`: metrics and probes. It shows no client and changes nothing, so it is safe to expose. The names of objects are
 * another matter (`metricsAllow`). Probes may come through a
 * balancer that sends PROXY headers. A scrape through one is refused, because it would reach a random Herald each time.
 */
export function createMetricsServer(options: MetricsServerOptions): OpsServer {
  const { address, metrics, state, metricsAllow = null, clock = realClock, binding, lookUp } = options;
  const scrape = shareScrape(metrics.scrape, clock);
  const probes = {
    ...probeRoutes(state, clock),
    ...(lookUp && { '/reached': { GET: (request: OpsRequest) => reached(lookUp, request) } }),
  };
  return createOpsServer({
    address,
    binding,
    ...LIMITS,
    probes: Object.keys(probes),
    takesHeaders: true,
    routes: {
      '/metrics': {
        GET: async ({ behindHeader, peer }) => {
          if (metricsAllow !== null && !mayRead(peer, metricsAllow())) return NOT_ALLOWED;
          if (behindHeader) return failure(400, 'proxy_header');
          return { status: 200, body: await scrape(), contentType: metrics.contentType };
        },
      },
      ...probes,
    },
  });
}
