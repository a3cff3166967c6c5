import { createServer, type Socket } from 'node:net';
import type { ParsedAddress } from '../address/socket-address.ts';
import { type Clock, realClock } from '../observe/clock.ts';
import { stopListening, takeHeaders } from './bounded-server.ts';
import { ConnectionPlaces, placeConnections } from './connection-places.ts';
import { type HealthAnswer, HealthConnection } from './health-connection.ts';
import { type Binding, listen } from './listen.ts';
import type { OpsServer } from './ops-server.ts';

/** One Service, for balancers that probe Herald. */
export interface ServiceHealth {
  readonly namespace: string;
  readonly name: string;
  /** Distinct addresses: under `Local` of the ready endpoints of this node (H2), else of all usable endpoints. */
  readonly endpoints: number;
}

export interface ServiceHealthState {
  /** In the order of the configuration. */
  services(): readonly ServiceHealth[];
  /** False from the first sign of a drain. */
  serving(): boolean;
  /** The Services are of several tenants: one of them must not take the others out of a balancer. Default: false. */
  readonly isShared?: boolean;
}

export interface ServiceHealthOptions {
  readonly address: ParsedAddress;
  readonly state: ServiceHealthState;
  readonly clock?: Clock;
  readonly binding?: Binding;
}

const MAX_CONNECTIONS = 64;

/**
 * `--service-health`: the answer of kube-proxy's health check node port (H3, H4), to any method and path. With several
 * Services the path `/namespace/name` asks about one, any other path about all of them: if they are shared, whether any has an
 * endpoint, and which ones there are is not told. A PROXY header before the request is
 * removed, since balancers also send one with their probes (P4).
 */
export function createServiceHealthServer(options: ServiceHealthOptions): OpsServer {
  const { address, state, clock = realClock, binding } = options;
  const limits = { connections: MAX_CONNECTIONS, perAddress: MAX_CONNECTIONS };
  const places = new ConnectionPlaces(limits, clock);
  const open = new Map<Socket, HealthConnection>();
  let isLeaving = false;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('close', () => open.delete(socket));
    socket.on('end', () => socket.end());
    const answered = () => {
      places.begin(socket, false);
      places.finish(socket, false);
    };
    const connection = new HealthConnection(socket, (target) => answer(state, target), answered, clock);
    open.set(socket, connection);
    if (isLeaving) connection.leave();
  });
  // Failed accepts are reported here, if at all. The next one may succeed.
  server.on('error', () => {});
  takeHeaders(server, MAX_CONNECTIONS);
  placeConnections(server, places);
  return {
    start: () => listen(server, address, binding),
    stop: () => {
      isLeaving = true;
      for (const connection of open.values()) connection.leave();
      return stopListening(server);
    },
  };
}

/** Header fields with the names and in the order of Go's server. */
function answer(state: ServiceHealthState, target: string): HealthAnswer {
  const services = state.services();
  const service = state.isShared ? sharedService(services, target) : serviceOf(services, target);
  const serving = state.serving();
  return {
    status: service.endpoints > 0 && serving ? '200 OK' : '503 Service Unavailable',
    fields: [
      ['Content-Type', 'application/json'],
      ['X-Content-Type-Options', 'nosniff'],
      ['X-Load-Balancing-Endpoint-Weight', String(service.endpoints)],
    ],
    body: bodyOf(service, serving),
  };
}

/** A Service that is not served is one without an endpoint, whether it exists or not. */
function sharedService(services: readonly ServiceHealth[], url: string): ServiceHealth {
  const [, namespace, name] = /^\/([^/]+)\/([^/]+)$/.exec(pathOf(url)) ?? [];
  if (namespace === undefined || name === undefined) {
    return { namespace: '', name: '', endpoints: services.filter(({ endpoints }) => endpoints > 0).length };
  }
  const named = services.find((service) => service.namespace === namespace && service.name === name);
  return named ?? { namespace, name, endpoints: 0 };
}

/** The Service of the path; else the first without an endpoint, so that the answer is 200 only if every Service has one. */
function serviceOf(services: readonly ServiceHealth[], url: string): ServiceHealth {
  const path = pathOf(url);
  const named = services.find(({ namespace, name }) => path === `/${namespace}/${name}`);
  const worst = services.find(({ endpoints }) => endpoints === 0);
  return named ?? worst ?? services[0] ?? { namespace: '', name: '', endpoints: 0 };
}

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0]!;
}

/** H4, byte for byte: tabs, and no newline at the end. */
function bodyOf({ namespace, name, endpoints }: ServiceHealth, serving: boolean): string {
  const service = { namespace, name };
  return JSON.stringify({ service, localEndpoints: endpoints, serviceProxyHealthy: serving }, null, '\t');
}
