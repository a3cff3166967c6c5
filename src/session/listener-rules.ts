import type { Candidates } from '../endpoints/candidates.ts';
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
import { Presenter } from './presenter.ts';
import type { SessionIds } from './session-ids.ts';
import { ROUTES_CELL, type SessionRefusal, TransparentRules } from './transparent-rules.ts';

/** What one worker's listeners have in common. */
export interface WorkerContext {
  readonly state: SharedState;
  /** Row of the counters that this worker alone writes. */
  readonly worker: number;
  readonly ids: SessionIds;
  readonly batch: RecordBatch;
  /** Milliseconds that only go forward, the same for all workers of the process. */
  readonly now: () => number;
  readonly random: () => number;
  /** Types of TLVs whose text goes into records. */
  readonly logTlvs: readonly number[];
  /** `LINGER_MS`, but in tests. */
  readonly lingerMs: number;
}

const DENIED: SessionRefusal = { reason: 'denied', detail: null };

/** What a peer has to show first: a header by the rule, nothing (but guarded), nothing at all. */
export type FirstBytesRule = HeaderReader | 'plain' | 'untrusted';

/**
 * One listener's plan made ready to use by one worker: admission, pool, presentation, limits, counters.
 * A changed plan is another object; sessions keep the one that they began with.
 */
export class ListenerRules {
  readonly plan: ListenerPlan;
  readonly context: WorkerContext;
  readonly pool: Pool;
  readonly presenter: Presenter;
  readonly limit: SessionLimit;
  readonly source: DialFrom;
  /** null where the client is presented in another form. */
  readonly transparent: TransparentRules | null;
  /** This worker's counters of the listener (`COUNTER`, `REASON_AT`, …). */
  readonly counters: Float64Array;
  /** Slots of all that the source knows, where sessions of endpoints that have vanished are to end; else null. */
  readonly known: ReadonlySet<number> | null;
  #scratch: Uint8Array | null = null;
  readonly #clients: ClientTable | null;
  readonly #affinity: AffinityTable | null;
  readonly #recorded: ReadonlySet<CloseReason>;

  /** `before` is what these rules replace: its pool goes on, so that ejections and rounds do. */
  constructor(plan: ListenerPlan, context: WorkerContext, before?: ListenerRules) {
    const { state } = context;
    this.plan = plan;
    this.context = context;
    this.presenter = new Presenter(plan.presentation);
    this.source = new DialFrom(plan.source, context.random);
    this.transparent =
      plan.presentation.form === 'transparent' ? new TransparentRules(plan, state.host) : null;
    this.limit = new SessionLimit(state.reserved, plan.id, plan.limits.maxSessions);
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

  /** Room for one header on its way out, used again by the next session; an engine that has room itself never asks. */
  get scratch(): Uint8Array {
    this.#scratch ??= new Uint8Array(this.presenter.maxBytes);
    return this.#scratch;
  }

  /** Decides what the peer's first bytes have to be. `peer` null: a unix socket. */
  firstBytes(peer: Address | null): FirstBytesRule {
    const { admission } = this.plan;
    // Where no header is expected it does not matter who the peer is, and its address need not be made.
    const rule = admission.expect === 'none' ? 'plain' : admit(admission, peer?.ip ?? null);
    if (rule === 'untrusted') return rule;
    if (rule !== 'plain') return new HeaderReader(admission, rule);
    return this.afterSilence() ?? 'plain';
  }

  /** What the bytes of a plain client go through: one that was silent where a header was optional may still try. */
  afterSilence(): HeaderReader | null {
    return this.presenter.silent ? new HeaderReader(this.plan.admission, 'guard') : null;
  }

  /** Why a client that is known now has to go; null where it may stay. */
  refuses(client: Client, peer: Address | null): SessionRefusal | null {
    if (!allows(this.plan.admission, client)) return DENIED;
    return this.transparent?.refuses(client.source, peer) ?? null;
  }

  /** Counts the client against `--max-sessions-per-client`: an entry to give back, 0 for none, `REFUSED` or `NO_ROOM`. */
  acquireClient(ip: Uint8Array): number {
    const { maxSessionsPerClient: max } = this.plan.limits;
    return this.#clients === null ? 0 : this.#clients.acquire(this.plan.id, ip, max);
  }

  releaseClient(entry: number): void {
    this.#clients?.release(entry);
  }

  /**
   * The endpoints to try for a client, in order: first the one that it stays with, where that is usable now (A3).
   * `ip` null: it has no address, and no endpoint of its own. At most `attempts` of them.
   */
  candidates(ip: Uint8Array | null, attempts = this.plan.attempts): Candidates {
    const nowMs = this.context.now();
    if (this.#affinity === null || ip === null) return this.pool.candidates(nowMs, attempts, ip);
    const kept = this.#affinity.recall(ip, nowMs);
    const candidates = this.pool.candidates(nowMs, attempts, ip, kept);
    const first = candidates.following;
    if (first === null || first.slot === kept) return candidates;
    // Chosen before it is dialed: connections that a client makes at once meet one endpoint, whatever their workers.
    const chosen = this.#affinity.choose(ip, first.slot, kept, nowMs);
    return chosen === first.slot ? candidates : this.pool.candidates(nowMs, attempts, ip, chosen);
  }

  /** A connect failed: counted, and its endpoint is left out where that is too many in a row. */
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

  /** What the process knows of an ending that its session does not; null where that is nothing. */
  detailOf(reason: CloseReason, client: Address | null): string | null {
    if (reason !== 'connect_timeout' || this.transparent === null || client === null) return null;
    const cell = ROUTES_CELL[client.ip.length === 4 ? 4 : 6];
    return Atomics.load(this.context.state.routesMissing, cell) === 1 ? 'routes_missing' : null;
  }

  /** Whether it matters to `candidates` who the client is: its address is made anew for each that asks. */
  get choosesByClient(): boolean {
    return this.#affinity !== null || this.plan.balance === 'client-hash';
  }

  /** The client's first choice could not be reached, and it has come to this one: there it stays. */
  cameTo(ip: Uint8Array | null, slot: number): void {
    if (ip !== null) this.#affinity?.remember(ip, slot, this.context.now());
  }

  /** True where sessions are counted by client at all. */
  get limitsClients(): boolean {
    return this.plan.limits.maxSessionsPerClient > 0;
  }

  /** True where an ending leaves a record for the log or the list of refusals. */
  records(reason: CloseReason): boolean {
    return this.#recorded.has(reason);
  }
}

function isRecorded(reason: CloseReason, accessLog: ListenerPlan['accessLog']): boolean {
  const row = reasonRow(reason);
  if (row.refused || accessLog === 'all') return true;
  return accessLog === 'errors' && row.level !== 'debug';
}
