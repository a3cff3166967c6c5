import type { IncomingMessage, ServerResponse } from 'node:http';
import { acceptProxyProtocol } from '../accept/accept-proxy-protocol.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import { closeServer, createBoundedServer } from './bounded-server.ts';
import { listen } from './listen.ts';
import type { MachineServer } from './machine-server.ts';

/** One Service, as balancers that probe Herald ask for it. */
export interface ServiceHealth {
  readonly namespace: string;
  readonly name: string;
  /** Under `Local` the distinct addresses of ready endpoints of this node (H2); else of all that are usable. */
  readonly endpoints: number;
}

export interface ServiceHealthState {
  /** In the order of the configuration. */
  services(): readonly ServiceHealth[];
  /** False from the first sign of a drain. */
  serving(): boolean;
}

export interface ServiceHealthOptions {
  readonly address: ParsedAddress;
  readonly state: ServiceHealthState;
}

const MAX_CONNECTIONS = 64;
const MAX_PENDING = 64;

/**
 * `--service-health`: the answer of kube-proxy's health check node port (H3, H4), to any method and path. With
 * several Services the path `/namespace/name` is about one; any other is about all of them. A PROXY header before
 * the request is taken off and believed by nobody: balancers send one also where they probe (P4).
 */
export function createServiceHealthServer({ address, state }: ServiceHealthOptions): MachineServer {
  const server = createBoundedServer(MAX_CONNECTIONS, (request, response) =>
    answer(state, request, response),
  );
  acceptProxyProtocol(server, {
    trust: ['0.0.0.0/0', '::/0', 'unix'],
    header: 'optional',
    maxPending: MAX_PENDING,
    // Anybody may ask here, in any way: what is no question is no news.
    onRefused: () => {},
  });
  return { start: () => listen(server, address), stop: () => closeServer(server) };
}

function answer(state: ServiceHealthState, request: IncomingMessage, response: ServerResponse): void {
  const service = asked(state.services(), request.url ?? '');
  const serving = state.serving();
  const body = bodyOf(service, serving);
  // Go's names and order, and nothing that Node would add: kube-proxy's answer is what balancers were built for.
  response.sendDate = false;
  response.removeHeader('Connection');
  response.writeHead(service.endpoints > 0 && serving ? 200 : 503, {
    'Content-Type': 'application/json',
    'X-Content-Type-Options': 'nosniff',
    'X-Load-Balancing-Endpoint-Weight': String(service.endpoints),
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
  // A body that nobody asked for.
  request.resume();
}

/** The one of the path; else the first that has no endpoint, so that all have to have one. */
function asked(services: readonly ServiceHealth[], url: string): ServiceHealth {
  const path = url.split('?', 1)[0];
  const named = services.find(({ namespace, name }) => path === `/${namespace}/${name}`);
  const worst = services.find(({ endpoints }) => endpoints === 0);
  return named ?? worst ?? services[0] ?? { namespace: '', name: '', endpoints: 0 };
}

/** H4, to the byte: tabs, and no newline at the end. */
function bodyOf({ namespace, name, endpoints }: ServiceHealth, serving: boolean): string {
  const service = { namespace, name };
  return JSON.stringify({ service, localEndpoints: endpoints, serviceProxyHealthy: serving }, null, '\t');
}
