import type { CandidateOrder } from '../endpoints/candidate-order.ts';
import { Pool } from '../endpoints/pool.ts';
import type { Endpoint } from '../endpoints/snapshot.ts';
import type { CloseReason } from '../plan/close-reason.ts';
import { REASON_NAMES, reasonRow } from '../plan/close-reason.ts';
import { CONNECT_FAILURES, type ConnectFailure } from '../plan/connect-failure.ts';
import { blamesEndpoint } from '../plan/errno-reasons.ts';
import type { ListenerPlan } from '../plan/plan.ts';
import { AffinityTable } from '../shared-memory/affinity-table.ts';
import { ClientTable } from '../shared-memory/client-table.ts';
import { COUNTER, FAILURE_AT } from '../shared-memory/counters.ts';
import type { RecordBatch } from '../shared-memory/record-batch.ts';
import { SessionLimit } from '../shared-memory/session-limit.ts';
import { counterRow, type SharedState } from '../shared-memory/shared-state.ts';
import { admit, allows } from './admission.ts';
import type { Address, Client } from './client.ts';
import { DialFrom } from './dial-from.ts';
import { HeaderReader } from './header-reader.ts';
import { NamedInTurn, namedEndpoint } from './named-endpoint.ts';
import { Presenter } from './presenter.ts';
import type { SelfConnects } from './self-connect.ts';
import type { SessionIds } from './session-ids.ts';
import { type EndpointsInTurn, type SessionRefusal, TransparentRules } from './transparent-rules.ts';

/** What all listeners of one worker share. */
export interface WorkerContext {
  readonly state: SharedState;
  /** The number of this worker: its row of the counters, which no other worker writes. */
  readonly worker: number;
  readonly ids: SessionIds;
  readonly batch: RecordBatch;
  /** Monotonic milliseconds, the same for all workers of the process. */
  readonly now: () => number;
  readonly random: () => number;
  readonly selfConnects: SelfConnects;
  /** Types of TLVs whose text goes into records. */
  readonly logTlvs: readonly number[];
  /** `LINGER_MS`, except in tests. */
  readonly lingerMs: number;
}

const DENIED: SessionRefusal = { reason: 'denied', detail: null };

/** How the first bytes of a peer are judged: by the reader, or not at all (`headerless`). An `untrusted` peer is refused. */
export type FirstBytesRule = HeaderReader | 'headerless' | 'untrusted';

/**
 * One listener's plan, prepared for one worker: admission, pool, presentation, limits, counters. A changed plan makes another
 * object; sessions keep the one with which they began.
 */
export class ListenerRules {
  readonly plan: ListenerPlan;
  readonly context: WorkerContext;
  readonly pool: Pool;
  readonly presenter: Presenter;
  readonly limit: SessionLimit;
  readonly dialFrom: DialFrom;
  /** Null unless the presentation is `transparent`. */
  readonly transparent: TransparentRules | null;
  /** This worker's counters of the listener (`COUNTER`, `REASON_AT`, …). */
  readonly counters: Float64Array;
  /** The slots of all known endpoints, if sessions of vanished endpoints have to end (`--on-endpoint-gone`); otherwise null. */
  readonly known: ReadonlySet<number> | null;
  #scratch: Uint8Array | null = null;
  readonly #clients: ClientTable | null;
  readonly #affinity: AffinityTable | null;
  readonly #recorded: ReadonlySet<CloseReason>;

  /** `before` is replaced by these rules, which keep its pool with its ejections and its round-robin cursor. */
  constructor(plan: ListenerPlan, context: WorkerContext, before?: ListenerRules) {
    const { state } = context;
    this.plan = plan;
    this.context = context;
    this.presenter = new Presenter(plan.presentation);
    this.dialFrom = new DialFrom(plan.dialFrom, context.random);
    this.transparent =
      plan.presentation.form === 'transparent' ? new TransparentRules(plan, state.host) : null;
    this.limit = new SessionLimit(state, plan.id, plan.limits);
    this.counters = counterRow(state, context.worker, plan.id);
    const { snapshot, ejection, balance, affinityMs } = plan;
    this.known = snapshot.known === null ? null : new Set(snapshot.known);
    const counted = state.clients.length > 0;
    this.#clients = counted ? new ClientTable(state.clients, state.seed, plan.limits.clientPrefix) : null;
    this.#affinity = counted && affinityMs > 0 ? new AffinityTable(state, plan.id, affinityMs) : null;
    this.#recorded = new Set(REASON_NAMES.filter((reason) => isRecorded(reason, plan.accessLog)));
    if (before === undefined) {
      this.pool = new Pool(snapshot, ejection, state, context.random, balance);
    } else {
      this.pool = before.pool;
      this.pool.replace(snapshot, ejection, balance);
    }
  }

  /** A buffer for one outgoing header, shared by all sessions. Made on first use, because some engines have their own. */
  get scratch(): Uint8Array {
    this.#scratch ??= new Uint8Array(this.presenter.maxBytes);
    return this.#scratch;
  }

  /** Decides what the peer has to send first. `peer` null: a unix socket. */
  firstBytes(peer: Address | null): FirstBytesRule {
    const { admission } = this.plan;
    // If no header is accepted, the peer's address does not matter and is not read.
    const rule = admission.acceptProxy === 'none' ? 'headerless' : admit(admission, peer?.ip ?? null);
    if (rule === 'untrusted') return rule;
    if (rule !== 'headerless') return new HeaderReader(admission, rule);
    return this.afterSilence() ?? 'headerless';
  }

  /** The reader that guards a headerless client; null if nothing has to be guarded. */
  afterSilence(): HeaderReader | null {
    return this.presenter.silent ? new HeaderReader(this.plan.admission, 'guard') : null;
  }

  /** Why a known client is refused; null: it is not. */
  refuses(client: Client, peer: Address | null): SessionRefusal | null {
    if (!allows(this.plan.admission, client)) return DENIED;
    const named = this.isNamed ? namedEndpoint(client, this.pool) : null;
    if (named !== null && 'reason' in named) return named;
    return this.transparent?.refuses(client.source, peer, named) ?? null;
  }

  /** Counts the client against `--max-sessions-per-client`. Returns the entry to release, 0 for none, `REFUSED` or `NO_ROOM`. */
  acquireClient(ip: Uint8Array): number {
    const { maxSessionsPerClient: max } = this.plan.limits;
    return this.#clients === null ? 0 : this.#clients.acquire(this.plan.id, ip, max);
  }

  releaseClient(entry: number): void {
    this.#clients?.release(entry);
  }

  /** True if the client's header names the endpoint, and the peer waits for an acknowledgement that it is reached. */
  get isNamed(): boolean {
    return this.plan.balance === 'named';
  }

  /** The endpoints to dial for a client. `ip`: by which it is known to affinity and `client-hash`, or null. */
  endpointsFor(client: Client, peer: Address | null, ip: Uint8Array | null): EndpointsInTurn {
    if (this.isNamed) return new NamedInTurn(client, this.pool);
    if (this.transparent === null) return this.candidates(ip);
    const all = this.candidates(
      ip,
      this.plan.snapshot.endpoints.length,
      this.pool.ofFamily(client.source!.ip.length),
    );
    return this.transparent.fitting(all, client.source!, peer);
  }

  /**
   * The endpoints to try for a client, in order, at most `attempts`: first the one of its affinity, if that is usable now (A3).
   * `ip` null: the client has no address, and so no affinity. `pool`: the part of the pool that it may have.
   */
  candidates(ip: Uint8Array | null, attempts = this.plan.attempts, pool = this.pool): CandidateOrder {
    const nowMs = this.context.now();
    if (this.#affinity === null || ip === null) return pool.candidates(nowMs, attempts, ip);
    const kept = this.#affinity.recall(ip, nowMs);
    const candidates = pool.candidates(nowMs, attempts, ip, kept);
    const first = candidates.following;
    if (first === null || first.slot === kept) return candidates;
    // Stored before the dial, so that connections that a client opens at the same moment reach one endpoint, in any worker.
    const chosen = this.#affinity.choose(ip, first.slot, kept, nowMs);
    return chosen === first.slot ? candidates : pool.candidates(nowMs, attempts, ip, chosen);
  }

  /** A connect failed: counts it, and ejects the endpoint if too many have failed in a row. */
  connectFailed(endpoint: Endpoint | null, failure: ConnectFailure, blames = blamesEndpoint(failure)): void {
    const { counters, pool } = this;
    const index = CONNECT_FAILURES.indexOf(failure);
    counters[FAILURE_AT + index]! += 1;
    if (endpoint === null) return;
    const nowMs = this.context.now();
    pool.missed(endpoint, index, nowMs);
    if (!blames) return;
    const outcome = pool.failed(endpoint, nowMs);
    if (outcome === 'ejected') counters[COUNTER.ejections]! += 1;
    if (outcome === 'ignored') counters[COUNTER.ejectionsIgnored]! += 1;
  }

  /** A detail of an ending that only the process knows (missing routes), or null. */
  detailOf(reason: CloseReason, endpoint: Endpoint | null, client: Address | null): string | null {
    if (reason !== 'connect_timeout' || endpoint === null || client === null) return null;
    const cell = this.transparent?.routesCell(endpoint, client) ?? null;
    if (cell === null) return null;
    return Atomics.load(this.context.state.routesMissing, cell) === 1 ? 'routes_missing' : null;
  }

  /** Whether `candidates` depends on the client. If not, its address is not needed. */
  get choosesByClient(): boolean {
    return this.#affinity !== null || this.plan.balance === 'client-hash';
  }

  /** The client's first choice could not be reached, so its affinity changes to this endpoint. */
  cameTo(ip: Uint8Array | null, slot: number): void {
    if (ip !== null) this.#affinity?.remember(ip, slot, this.context.now());
  }

  /** True if sessions are counted by client. */
  get limitsClients(): boolean {
    return this.plan.limits.maxSessionsPerClient > 0;
  }

  /** True if an ending leaves a record, for the log or the list of refusals. */
  records(reason: CloseReason): boolean {
    return this.#recorded.has(reason);
  }
}

function isRecorded(reason: CloseReason, accessLog: ListenerPlan['accessLog']): boolean {
  const row = reasonRow(reason);
  if (row.refused || accessLog === 'all') return true;
  return accessLog === 'errors' && row.level !== 'debug';
}
