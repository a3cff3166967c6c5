import type { Engine } from '../../../src/plan/engine.ts';
import type { SessionRecord } from '../../../src/plan/observer.ts';
import type { ListenerPlan } from '../../../src/plan/plan.ts';
import { COUNTER } from '../../../src/shared-memory/counters.ts';
import {
  counterRow,
  createSharedState,
  type SharedState,
  sumCounters,
} from '../../../src/shared-memory/shared-state.ts';
import { Connection } from '../../helpers/connection.ts';
import { ENGINE_DEFAULTS, listenerPlan, type PlanParts } from '../../helpers/engine-harness.ts';
import type { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { fromLinux } from '../../linux/on-linux.ts';

const { createEpollEngine } = await fromLinux(() => import('../../../src/engine/epoll/epoll-engine.ts'));

/** A v2 header of IPv4, as the bench's listeners send it. */
const HEADER_BYTES = 28;
const SOURCE_PORT_AT = 24;
const LISTENERS = 4;
const LINGER_MS = 100;

/** The Linux engine with so many threads, and what they all did. */
export class EngineBench {
  readonly threads: number;
  readonly state: SharedState;
  readonly faults: string[] = [];
  engine!: Engine;
  ports: readonly number[] = [];
  #records: SessionRecord[] = [];
  /** How many records came so far. */
  #told = 0;
  #heard: (() => void)[] = [];

  private constructor(threads: number) {
    this.threads = threads;
    this.state = createSharedState({ workers: threads, listeners: LISTENERS, clients: 1000, seed: 7 });
  }

  /** Lingers briefly: whoever is left by a reset has read its answer long before. */
  static async start(threads: number, ...plans: PlanParts[]): Promise<EngineBench> {
    const bench = new EngineBench(threads);
    bench.engine = await createEpollEngine({
      ...ENGINE_DEFAULTS,
      threads,
      lingerMs: LINGER_MS,
      state: bench.state,
      observer: {
        records: (records) => {
          bench.#records.push(...records);
          bench.#told += records.length;
          for (const heard of bench.#heard.splice(0)) heard();
        },
        fault: (_listener, message) => bench.faults.push(message),
      },
    });
    await bench.apply(...plans);
    return bench;
  }

  async apply(...plans: PlanParts[]): Promise<void> {
    const listeners = plans.map((plan, id): ListenerPlan => listenerPlan({ id, name: `${id}`, ...plan }));
    const open = await this.engine.apply({ generation: 1, listeners });
    this.ports = open.map(({ address }) => (address.kind === 'tcp' ? address.port : 0));
  }

  /** The records of so many sessions, as soon as they have ended. */
  async records(count: number): Promise<SessionRecord[]> {
    while (this.#records.length < count) await new Promise<void>((resolve) => this.#heard.push(resolve));
    return this.#records.splice(0, count);
  }

  /** Waits until no session is open, and forgets their records. */
  async forget(): Promise<void> {
    await this.until('at rest', () => this.active === 0);
    while (this.#told < this.#ended) await new Promise<void>((resolve) => this.#heard.push(resolve));
    this.#records = [];
  }

  /** Records that nobody has asked for. */
  get unread(): readonly SessionRecord[] {
    return this.#records;
  }

  counter(name: keyof typeof COUNTER, listener = 0): number {
    return sumCounters(this.state, listener)[COUNTER[name]]!;
  }

  /** The same of each worker. */
  counters(name: keyof typeof COUNTER, listener = 0): number[] {
    return Array.from(
      { length: this.threads },
      (_, worker) => counterRow(this.state, worker, listener)[COUNTER[name]]!,
    );
  }

  get active(): number {
    return this.#sum('opened') - this.#ended;
  }

  get #ended(): number {
    return this.#sum('ended');
  }

  #sum(name: keyof typeof COUNTER): number {
    let sum = 0;
    for (let id = 0; id < LISTENERS; id++) sum += this.counter(name, id);
    return sum;
  }

  /** Waits until something is so; asks after each round trip to the workers. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + 15_000;
    while (!isSo()) {
      if (performance.now() > deadline) throw new Error(`never ${what}`);
      await this.engine.sessions(0);
    }
  }

  /** Waits until so many sessions are open, and what the others had is closed: workers close it before they answer. */
  async settled(active = 0): Promise<void> {
    await this.until(`${active} sessions`, () => this.active === active);
    await this.engine.sessions(0);
  }

  /** What is still held of sessions although none is open. */
  get held(): { readonly active: number; readonly reserved: number; readonly endpointSessions: number } {
    const sum = (cells: Int32Array) => cells.reduce((total, cell) => total + cell, 0);
    return {
      active: this.active,
      reserved: sum(this.state.reserved),
      endpointSessions: sum(this.state.endpointSessions),
    };
  }

  connect(listener = 0, localAddress = '127.0.0.1'): Promise<Connection> {
    return Connection.to({ host: '127.0.0.1', port: this.ports[listener]!, localAddress, noDelay: true });
  }

  stop(): Promise<void> {
    return this.engine.stop('stopped');
  }
}

/** A client, and its connection at the endpoint behind the header. */
export interface Pair {
  readonly client: Connection;
  readonly served: Connection;
}

/** Finds what belongs together where many clients come at once: by the port in the header. */
export class Pairing {
  readonly #endpoint: ScriptedEndpoint;
  readonly #served = new Map<number, Connection>();
  readonly #waiting = new Map<number, (served: Connection) => void>();

  constructor(endpoint: ScriptedEndpoint) {
    this.#endpoint = endpoint;
  }

  /** The endpoint's side of a client, now or when it comes. */
  async servedOf(client: Connection): Promise<Connection> {
    const port = client.socket.localPort!;
    const mine = new Promise<Connection>((resolve) => this.#waiting.set(port, resolve));
    this.#settle();
    const served = await this.#endpoint.accept();
    const header = await served.read(HEADER_BYTES);
    this.#served.set(header.readUInt16BE(SOURCE_PORT_AT), served);
    this.#settle();
    return mine;
  }

  #settle(): void {
    for (const [port, resolve] of this.#waiting) {
      const served = this.#served.get(port);
      if (served === undefined) continue;
      this.#waiting.delete(port);
      this.#served.delete(port);
      resolve(served);
    }
  }
}

/** Whatever else comes is thrown away, not kept. */
export function swallow({ socket }: Connection): void {
  socket.removeAllListeners('data');
  socket.on('data', () => {});
  socket.resume();
}

/** Closes a connection and waits until it is. */
export async function destroyed(connection: Connection): Promise<void> {
  connection.destroy();
  await connection.closed;
}
