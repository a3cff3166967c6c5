import type { NetConnectOpts } from 'node:net';
import type { SerialFn, TestFn } from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { parseIp } from '../../src/address/ip.ts';
import { createIpSet, type IpSet } from '../../src/address/ip-set.ts';
import { buildHashTable } from '../../src/endpoints/maglev.ts';
import type { Endpoint, Snapshot } from '../../src/endpoints/snapshot.ts';
import type { Engine, OpenListener } from '../../src/plan/engine.ts';
import type { SessionObserver, SessionRecord } from '../../src/plan/observer.ts';
import type { ListenerPlan } from '../../src/plan/plan.ts';
import { COUNTER } from '../../src/shared-memory/counters.ts';
import { monotonicMs } from '../../src/shared-memory/monotonic-clock.ts';
import { createSharedState, type SharedState, sumCounters } from '../../src/shared-memory/shared-state.ts';
import { Connection } from './connection.ts';
import { snapshotOf } from './snapshots.ts';

/** What an engine is made of in a test. */
export interface EngineParts {
  readonly state: SharedState;
  readonly observer: SessionObserver;
  readonly lingerMs?: number;
}

export type CreateEngine = (parts: EngineParts) => Engine | Promise<Engine>;

/** Parts of a listener's plan that a test cares for; the rest are the defaults of `herald edge`. */
export interface PlanParts {
  readonly id?: number;
  readonly name?: string;
  readonly listen?: ListenerPlan['listen'];
  readonly admission?: Partial<ListenerPlan['admission']>;
  readonly presentation?: Partial<ListenerPlan['presentation']>;
  readonly endpoints?: readonly Endpoint[];
  /** Of the snapshot of these endpoints; `client-hash` brings its table along. */
  readonly empty?: Snapshot['empty'];
  readonly known?: Snapshot['known'];
  readonly shares?: Pick<Snapshot, 'groups' | 'refusesEmptyShares'>;
  readonly balance?: ListenerPlan['balance'];
  readonly affinityMs?: number;
  readonly attempts?: number;
  readonly reuse?: ListenerPlan['reuse'];
  readonly dialFrom?: ListenerPlan['dialFrom'];
  readonly localClients?: ListenerPlan['localClients'];
  readonly ejection?: Partial<ListenerPlan['ejection']>;
  readonly timeouts?: Partial<ListenerPlan['timeouts']>;
  readonly limits?: Partial<ListenerPlan['limits']>;
}

/** Rows with short deadlines run by themselves: a process busy with other rows would meet them late. */
export function runner(test: TestFn, { timeouts, admission }: PlanParts): TestFn | SerialFn {
  return timeouts !== undefined || admission?.headerTimeoutMs !== undefined ? test.serial : test;
}

export function cidrs(...texts: string[]): IpSet {
  return createIpSet(texts.map((text) => parseCidr(text)!));
}

export function endpointAt(port: number, slot = 0, ip = '127.0.0.1'): Endpoint {
  return { slot, ip: parseIp(ip)!, port, path: null, text: `${ip}:${port}` };
}

export function unixEndpoint(path: string, slot = 0): Endpoint {
  return { slot, ip: new Uint8Array(0), port: 0, path, text: `unix:${path}` };
}

/** A trusted proxy on loopback that has to send a header. */
export const TRUSTED: Partial<ListenerPlan['admission']> = {
  acceptProxy: 'any',
  trust: cidrs('127.0.0.0/8', '::1'),
};

export function listenerPlan(parts: PlanParts = {}): ListenerPlan {
  return {
    id: parts.id ?? 0,
    name: parts.name ?? 'edge',
    listen: parts.listen ?? { kind: 'tcp', ip: parseIp('127.0.0.1')!, port: 0 },
    admission: {
      acceptProxy: 'none',
      proxyHeader: 'required',
      trust: cidrs(),
      headerless: cidrs(),
      trustUnix: false,
      headerlessUnix: false,
      headerTimeoutMs: 5000,
      maxHeaderBytes: 4096,
      allow: null,
      ...parts.admission,
    },
    presentation: {
      form: 'v2',
      pass: [],
      add: [],
      crc32c: false,
      uniqueId: false,
      forwardedTrust: cidrs(),
      forwardedTrustUnix: false,
      ...parts.presentation,
    },
    snapshot: {
      ...snapshotOf(parts.endpoints ?? []),
      empty: parts.empty ?? 'no_endpoint',
      known: parts.known ?? null,
      hashTable: parts.balance === 'client-hash' ? buildHashTable(parts.endpoints ?? []) : null,
      ...parts.shares,
    },
    balance: parts.balance ?? 'round-robin',
    affinityMs: parts.affinityMs ?? 0,
    attempts: parts.attempts ?? 3,
    reuse: parts.reuse ?? 'safe',
    dialFrom: parts.dialFrom ?? [],
    localClients: parts.localClients ?? cidrs(),
    ejection: { after: 5, forMs: 10_000, maxShare: 0.5, ...parts.ejection },
    timeouts: {
      connectMs: 2000,
      idleMs: 3_600_000,
      halfCloseMs: 60_000,
      keepaliveMs: 60_000,
      tcpUserTimeoutMs: 60_000,
      maxSessionAgeMs: 0,
      ...parts.timeouts,
    },
    limits: {
      maxSessions: 10_000,
      maxSessionsOfAll: 0,
      maxSessionsPerClient: 0,
      clientPrefix: { v4: 32, v6: 64 },
      overLimit: 'wait',
      ...parts.limits,
    },
    accessLog: 'all',
  };
}

/**
 * How many engines of a file live at once. AVA starts all rows together, and a hundred worker threads that start at once keep a small
 * machine from everything else, so that deadlines pass in rows that are right.
 */
const MOST_ENGINES = 12;
let engines = 0;
const waitingForEngine: (() => void)[] = [];

async function placeForEngine(): Promise<void> {
  if (engines++ >= MOST_ENGINES) await new Promise<void>((resolve) => waitingForEngine.push(resolve));
}

function leavePlace(): void {
  engines--;
  waitingForEngine.shift()?.();
}

/** An engine under test, with the records that it left. */
export class EngineHarness {
  engine!: Engine;
  readonly state: SharedState;
  readonly #observer: SessionObserver;
  readonly faults: string[] = [];
  open: readonly OpenListener[] = [];
  readonly #records: SessionRecord[] = [];
  readonly #waiting: ((record: SessionRecord) => void)[] = [];
  readonly #clients: Connection[] = [];
  #stopped = false;

  private constructor() {
    this.state = createSharedState({ workers: 1, listeners: 4, clients: 1000, seed: 7 });
    this.#observer = {
      records: (batch) => {
        for (const record of batch) this.#record(record);
      },
      fault: (_listener, message) => this.faults.push(message),
    };
  }

  static async start(create: CreateEngine, ...plans: PlanParts[]): Promise<EngineHarness> {
    await placeForEngine();
    const harness = new EngineHarness();
    try {
      harness.engine = await create({ state: harness.state, observer: harness.#observer });
      await harness.apply(...plans);
    } catch (error) {
      await harness.engine?.stop('stopped');
      leavePlace();
      throw error;
    }
    return harness;
  }

  async apply(...plans: PlanParts[]): Promise<void> {
    this.open = await this.engine.apply({ generation: 1, listeners: plans.map(listenerPlan) });
  }

  /** Connects to the first listener (or the one at `index`), from 127.0.0.1 or where `options` say. */
  async connect(
    options: Partial<NetConnectOpts> & { localAddress?: string } = {},
    index = 0,
  ): Promise<Connection> {
    const { address } = this.open[index]!;
    const to =
      address.kind === 'unix'
        ? { path: address.path }
        : { host: address.ip?.length === 16 ? '::1' : '127.0.0.1', port: address.port };
    const connection = await Connection.to({ ...to, ...options } as NetConnectOpts);
    this.#clients.push(connection);
    return connection;
  }

  /** The record of the next session that ended, now or when it does. */
  record(): Promise<SessionRecord> {
    const ready = this.#records.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  counter(name: keyof typeof COUNTER, listener = 0): number {
    return sumCounters(this.state, listener)[COUNTER[name]]!;
  }

  get active(): number {
    return this.counter('opened') - this.counter('ended');
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.engine.stop('stopped');
    if (!this.#stopped) leavePlace();
    this.#stopped = true;
  }

  #record(record: SessionRecord): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#records.push(record);
    else waiting(record);
  }
}

/** The parts that every engine is given the same way. */
export const ENGINE_DEFAULTS = {
  worker: 0,
  idPrefix: 'test',
  logTlvs: [],
  now: monotonicMs,
  random: () => 0,
} as const;
