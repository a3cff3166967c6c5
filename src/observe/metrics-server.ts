import type { ParsedAddress } from '../address/socket-address.ts';
import { type Answer, createMachineServer, type MachineServer } from './machine-server.ts';
import type { ProbeState } from './machine-state.ts';
import type { Metrics } from './metrics.ts';

/** A thread that takes longer to answer does not turn. Kubernetes itself gives a probe one second by default. */
const ALIVE_MS = 900;

export interface MetricsServerOptions {
  readonly address: ParsedAddress;
  readonly metrics: Metrics;
  readonly state: ProbeState;
}

/** `--metrics`: metrics and probes. It names no client, and changes nothing: safe to expose. */
export function createMetricsServer({ address, metrics, state }: MetricsServerOptions): MachineServer {
  const scrape = sharedScrape(metrics);
  return createMachineServer({
    address,
    routes: {
      '/metrics': {
        GET: async () => ({ status: 200, body: await scrape(), contentType: metrics.contentType }),
      },
      '/startupz': { GET: () => verdict(state.started()) },
      '/readyz': { GET: ({ query }) => ready(state, query.has('verbose')) },
      // A Service that can't be had is no reason to close the door of the others.
      '/lb-healthz': { GET: () => verdict(state.opened() && !state.draining()) },
      '/livez': { GET: async () => verdict(await inTime(state.alive(), ALIVE_MS)) },
    },
  });
}

/**
 * Who asks before a scrape has begun shares it, and its bytes: a thousand questions in one segment, or on as many
 * connections, are one scrape, and what a slow reader keeps is there once.
 */
function sharedScrape(metrics: Metrics): () => Promise<Buffer> {
  let next: Promise<Buffer> | null = null;
  return () => {
    next ??= new Promise(setImmediate).then(async () => {
      next = null;
      return Buffer.from(await metrics.scrape());
    });
    return next;
  };
}

function verdict(good: boolean): Answer {
  return good ? { status: 200, body: 'ok\n' } : { status: 503, body: 'no\n' };
}

/** Also while draining: kube-proxy goes on using a terminating pod only while its readiness holds. */
function ready(state: ProbeState, isVerbose: boolean): Answer {
  const listeners = state.listenersOpen();
  const { status, body } = verdict(listeners.length > 0 && listeners.every(({ open }) => open));
  const lines = listeners.map(
    ({ name, open }) => `[${open ? '+' : '-'}] ${name} ${open ? 'open' : 'closed'}\n`,
  );
  return { status, body: isVerbose ? `${lines.join('')}${body}` : body };
}

/** False where the answer is no, an error, or late. */
function inTime(answer: boolean | Promise<boolean>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, false);
    Promise.resolve(answer)
      .catch(() => false)
      .then((alive) => {
        clearTimeout(timer);
        resolve(alive);
      });
  });
}
