import { Agent, type ClientRequestArgs } from 'node:http';
import { connect, type Socket } from 'node:net';
import { formatIp } from '../../address/ip.ts';
import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { ListenerRules } from '../../proxy/listener-rules.ts';

/**
 * How long a connection to an endpoint is kept without a request: less than the 5 s after which Apache and servers
 * of Node close theirs, so that hardly a request meets a connection that is just ending.
 */
const KEPT_MS = 4000;
/** Kept connections of one endpoint; each was once a session's, so that there are no more than sessions. */
const MOST_KEPT = 256;

/** The connections to one endpoint, of all clients: HTTP names the client in each request. */
export class EndpointAgent extends Agent {
  readonly endpoint: Endpoint;
  readonly #rules: () => ListenerRules;

  /** `rules` are those of the moment: where to dial from may change. */
  constructor(endpoint: Endpoint, rules: () => ListenerRules) {
    const { keepaliveMs } = rules().plan.timeouts;
    const probes = keepaliveMs > 0 ? { keepAliveMsecs: keepaliveMs } : {};
    super({ keepAlive: true, maxFreeSockets: MOST_KEPT, timeout: KEPT_MS, ...probes });
    this.endpoint = endpoint;
    this.#rules = rules;
  }

  /** One endpoint needs no names, and they are made anew for each request. */
  override getName(): string {
    return '';
  }

  override createConnection(_: ClientRequestArgs): Socket {
    const { path, ip, port } = this.endpoint;
    if (path !== null) return connect({ path, timeout: KEPT_MS });
    const from = this.#rules().source.pick(ip.length);
    return connect({
      host: formatIp(ip),
      port,
      noDelay: true,
      // Heard while no request has the connection, and by nobody else.
      timeout: KEPT_MS,
      ...(from === null ? {} : { localAddress: formatIp(from) }),
    });
  }

  /** Closes the connections that have no request; those that have one go on, and are kept by nobody behind it. */
  retire(): void {
    this.maxFreeSockets = 0;
    this.dropKept();
  }

  /** Closes the connections that have no request: those that have one go on. */
  dropKept(): void {
    for (const sockets of Object.values(this.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}

/** The agents of one listener, an endpoint each. */
export class EndpointAgents {
  readonly #agents = new Map<string, EndpointAgent>();
  readonly #rules: () => ListenerRules;
  #kept: readonly Endpoint[] | null = null;

  constructor(rules: () => ListenerRules) {
    this.#rules = rules;
  }

  of(endpoint: Endpoint): EndpointAgent {
    const known = this.#agents.get(endpoint.text);
    if (known !== undefined) return known;
    const agent = new EndpointAgent(endpoint, this.#rules);
    this.#agents.set(endpoint.text, agent);
    return agent;
  }

  /** Keeps nothing of endpoints that are not among these. */
  keepOnly(endpoints: readonly Endpoint[]): void {
    if (endpoints === this.#kept) return;
    this.#kept = endpoints;
    const kept = new Set(endpoints.map(({ text }) => text));
    for (const [text, agent] of this.#agents) {
      if (kept.has(text)) continue;
      this.#agents.delete(text);
      agent.retire();
    }
  }

  /** Closes every kept connection. */
  close(): void {
    this.keepOnly([]);
  }
}
