import { createServer, Server, type Socket } from 'node:net';
import type { ListenAddress, ListenerPlan } from '../../plan/plan.ts';
import { AcceptBatch, type RawAccept } from './accept-batch.ts';
import { BACKLOG, openServers, type RawListen } from './open-server.ts';

/** Calls of the kernel, where they can be had. */
export interface RawCalls {
  /** Accepts more than one client a turn of the loop. Without it Node accepts one. */
  readonly accept?: RawAccept | undefined;
  /** Opens sockets that can be handed to another process. Without it Node opens them. */
  readonly listen?: RawListen | undefined;
}

/** The servers of one listener: the first is that of its kind, the others accept from further sockets of the same address. */
export class ListeningServers {
  readonly #first: Server;
  readonly #raw: RawCalls;
  readonly #accept: (socket: Socket) => void;
  readonly #wanted: () => boolean;
  #servers: readonly Server[] = [];
  #batches: ReadonlyMap<Server, AcceptBatch> = new Map();
  #accepted = 0;
  /** Descriptors that can be handed to another process. */
  fds: readonly number[] = [];
  address: ListenAddress;

  /** `wanted`: whether clients that Node leaves in the queue are accepted in the same turn. */
  constructor(
    first: Server,
    address: ListenAddress,
    raw: RawCalls,
    accept: (socket: Socket) => void,
    wanted: () => boolean,
  ) {
    this.#first = this.#follow(first);
    this.address = address;
    this.#raw = raw;
    this.#accept = accept;
    this.#wanted = wanted;
  }

  /** Opens the port or path. Rejects with a `StartError`. `failed` is called with each accept that fails. */
  async open(plan: ListenerPlan, failed: (error: Error) => void): Promise<void> {
    const further = () => this.#follow(createServer({ allowHalfOpen: true, noDelay: true }));
    const { servers, fds, address } = await openServers(this.#first, plan, this.#raw.listen, further);
    for (const server of servers) server.on('error', failed);
    this.#servers = servers;
    this.fds = fds;
    this.address = address;
    this.#batches = new Map(
      servers.flatMap((server) => {
        const batch = AcceptBatch.of(this.#raw.accept, server);
        return batch === null ? [] : [[server, batch]];
      }),
    );
  }

  /** Accepts the clients in the kernel's queues, of a socket that is taken over those that are wanted, and stops listening. */
  async close(isTakenOver: boolean): Promise<void> {
    if (this.#batches.size === 0) await this.#emptyQueue();
    // Without a pause: a client that comes between the last accept and the close is reset.
    const wanted = isTakenOver ? this.#wanted : () => true;
    for (const batch of this.#batches.values()) batch.acceptAll(this.#accept, wanted, 2 * BACKLOG);
    this.#batches = new Map();
    // The close of an HTTP server would end idle connections, whatever has arrived on them.
    for (const server of this.#servers) Server.prototype.close.call(server);
    if (this.fds.length > 0) this.#raw.listen?.unlink(this.address);
    this.fds = [];
  }

  /**
   * Node accepts one client a turn of its loop, and the current turn may be past its accept: the queue is empty once two
   * turns in a row accepted nobody. The number of turns is bounded, so that new clients cannot keep the listener open.
   */
  async #emptyQueue(): Promise<void> {
    for (let turn = 0, idle = 0; turn < BACKLOG && idle < 2; turn++) {
      const before = this.#accepted;
      await new Promise((resolve) => setImmediate(resolve));
      idle = this.#accepted === before ? idle + 1 : 0;
    }
  }

  #follow(server: Server): Server {
    return server.on('connection', (socket) => {
      this.#accepted++;
      this.#accept(socket);
      this.#batches.get(server)?.acceptRest(this.#accept, this.#wanted);
    });
  }
}
