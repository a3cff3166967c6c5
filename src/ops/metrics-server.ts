import type { ParsedAddress } from '../address/socket-address.ts';
import { type Clock, realClock } from '../observe/clock.ts';
import type { Metrics } from '../observe/metrics.ts';
import { answersInTime } from './answers-in-time.ts';
import type { Binding } from './listen.ts';
import { createOpsServer, failure, type OpsAnswer, type OpsServer } from './ops-server.ts';
import type { ProbeState } from './ops-state.ts';
import { shareQuestion, shareScrape } from './shared-scrape.ts';

export interface MetricsServerOptions {
  readonly address: ParsedAddress;
  readonly metrics: Metrics;
  readonly state: ProbeState;
  readonly clock?: Clock;
  readonly binding?: Binding;
}

/** For a kubelet, one or two scrapers, and some strangers. The first three may share one node address. */
const LIMITS = { maxConnections: 32, maxPerAddress: 4 };
const PROBES = ['/startupz', '/readyz', '/lb-healthz', '/livez'];

/**
 * `--metrics`: metrics and probes. It shows no client and changes nothing, so it is safe to expose. Probes may come through a
 * balancer that sends PROXY headers. A scrape through one is refused, because it would reach a random Herald each time.
 */
export function createMetricsServer(options: MetricsServerOptions): OpsServer {
  const { address, metrics, state, clock = realClock, binding } = options;
  const scrape = shareScrape(metrics.scrape, clock);
  const alive = shareQuestion(() => answersInTime(state.alive(), clock));
  return createOpsServer({
    address,
    binding,
    ...LIMITS,
    probes: PROBES,
    takesHeaders: true,
    routes: {
      '/metrics': {
        GET: async ({ behindHeader }) => {
          if (behindHeader) return failure(400, 'proxy_header');
          return { status: 200, body: await scrape(), contentType: metrics.contentType };
        },
      },
      '/startupz': { GET: () => verdict(state.started()) },
      '/readyz': { GET: ({ query }) => ready(state, query.has('verbose')) },
      // A Service whose source has not answered must not take the other listeners out of the balancer.
      '/lb-healthz': { GET: () => verdict(state.opened() && !state.draining()) },
      '/livez': { GET: async () => verdict(await alive()) },
    },
  });
}

function verdict(good: boolean): OpsAnswer {
  return good ? { status: 200, body: 'ok\n' } : { status: 503, body: 'no\n' };
}

/** Ready also while draining: kube-proxy uses a terminating pod only as long as it is ready. */
function ready(state: ProbeState, isVerbose: boolean): OpsAnswer {
  const listeners = state.listenersOpen();
  const { status, body } = verdict(listeners.length > 0 && listeners.every(({ open }) => open));
  const lines = listeners.map(
    ({ name, open }) => `[${open ? '+' : '-'}] ${name} ${open ? 'open' : 'closed'}\n`,
  );
  return { status, body: isVerbose ? `${lines.join('')}${body}` : body };
}
