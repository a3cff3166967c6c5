import type { Endpoint } from '../endpoints/snapshot.ts';
import { type CloseReason, reasonRow } from '../plan/close-reason.ts';
import type { ConnectFailure } from '../plan/connect-failure.ts';
import type { SessionInfo, SessionPhase } from '../plan/engine.ts';
import type { SessionRecord } from '../plan/observer.ts';
import { NO_ROOM } from '../shared-memory/client-table.ts';
import { COUNTER, headerCounter, observe } from '../shared-memory/counters.ts';
import { countEnding } from '../shared-memory/session-failures.ts';
import { escapeText } from '../wire/escape-text.ts';
import type { Header } from '../wire/header.ts';
import { type Address, type Client, clientOf, headerlessClient, uniqueIdOf } from './client.ts';
import { clientText, viaText } from './client-text.ts';
import { RECORDED_BYTES } from './header-reader.ts';
import type { ListenerRules } from './listener-rules.ts';
import { loggedTlvs } from './logged-tlvs.ts';
import { wasProbe } from './probe.ts';
import type { EndpointsInTurn, SessionRefusal } from './transparent-rules.ts';

/**
 * The accounts of one session: it holds its places (of its client, at its endpoint), adds to the listener's counters, and leaves one
 * record. It decides nothing: `Course` and `Attempt` report to it. It ends once, with one reason.
 *
 *     accepted ──▶ header ──▶ connect ─────▶ relay ──▶ ended
 *              identified()  dialing(),    connected()
 *                            dialFailed()
 */
export class Ledger {
  readonly rules: ListenerRules;
  readonly #id: number;
  readonly #peer: Address | null;
  /** In the worker's milliseconds, like all times here. */
  readonly acceptedAtMs: number;
  /** When the first dial of the current endpoint began. */
  dialedAtMs = 0;
  #client: Client;
  #phase: SessionPhase = 'header';
  #headerMs: number | null = null;
  #connectMs: number | null = null;
  #attempts = 0;
  /** An endpoint has failed since `candidates` was called. */
  #missed = false;
  #endpoint: Endpoint | null = null;
  /** It counts as a session of its endpoint, from the dial on. */
  #held = false;
  /** Its entry in the table of clients; 0: none. */
  clientEntry = 0;
  #ended = false;
  /** The time of the last activity. */
  lastActivityMs: number;
  bytesToEndpoint = 0;
  bytesToClient = 0;

  /** Counts the session as opened. Its engine has reserved a place (`rules.limit`) unless the session is to be refused. */
  constructor(rules: ListenerRules, peer: Address | null, local: Address | null) {
    this.rules = rules;
    this.#id = rules.context.ids.next();
    this.#peer = peer;
    this.#client = headerlessClient(peer, local);
    this.acceptedAtMs = rules.context.now();
    this.lastActivityMs = this.acceptedAtMs;
    rules.counters[COUNTER.opened]! += 1;
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  get endpoint(): Endpoint | null {
    return this.#endpoint;
  }

  get client(): Client {
    return this.#client;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * The client is known, by its header or by its own address. Returns the refusal if it is in no allowed range, cannot be presented,
   * or has too many sessions; otherwise null. LOCAL is the proxy itself and is not limited.
   */
  identified(header: Header | null): SessionRefusal | null {
    const { counters, context } = this.rules;
    if (header !== null) {
      this.#client = clientOf(header, this.#peer, this.#client.destination);
      this.#headerMs = context.now() - this.acceptedAtMs;
      observe(counters, 'headerDuration', this.#headerMs);
    }
    counters[headerCounter(this.#client.header, this.#client.local)]! += 1;
    this.#phase = 'connect';
    return this.rules.refuses(this.#client, this.#peer) ?? this.place();
  }

  /** Takes a place within the client's limit; null on success. May be called again, because another session may have ended. */
  place(): SessionRefusal | null {
    const ip = this.rules.limitsClients ? this.#clientIp() : null;
    if (ip === null) return null;
    const entry = this.rules.acquireClient(ip);
    if (entry < 0) return { reason: 'over_client_limit', detail: entry === NO_ROOM ? 'table_full' : null };
    this.clientEntry = entry;
    return null;
  }

  /** The endpoints to try, in order. */
  candidates(): EndpointsInTurn {
    const { rules } = this;
    this.#missed = false;
    return rules.endpointsFor(this.#client, this.#peer, rules.choosesByClient ? this.#clientIp() : null);
  }

  /** An endpoint is being dialed. */
  dialing(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#attempts++;
    this.#hold();
    this.dialedAtMs = this.rules.context.now();
  }

  /** The endpoint could not be reached. `blames` overrides whether this failure counts towards its ejection. */
  dialFailed(failure: ConnectFailure, blames?: boolean): void {
    this.#missed = true;
    this.#release();
    this.rules.connectFailed(this.#endpoint, failure, blames);
  }

  /** The endpoint accepted. */
  connected(): void {
    const { context, counters, pool } = this.rules;
    const endpoint = this.#endpoint!;
    this.#phase = 'relay';
    this.lastActivityMs = context.now();
    this.#connectMs = this.lastActivityMs - this.dialedAtMs;
    observe(counters, 'connectDuration', this.#connectMs);
    pool.connected(endpoint);
    this.#arrived(endpoint);
  }

  /** A request uses an open connection to an endpoint. */
  reuses(endpoint: Endpoint): void {
    this.#phase = 'relay';
    this.#endpoint = endpoint;
    this.#hold();
    this.#arrived(endpoint);
  }

  /** A request is complete. Until the next one the session counts at no endpoint. */
  idle(): void {
    this.#release();
  }

  /** Writes the header that presents the client; see `Presenter.write`. */
  present(target: Uint8Array, at: number): number {
    const { presenter, context } = this.rules;
    return presenter.write(target, at, this.#client, () => context.ids.bytes(this.#id));
  }

  /** Bytes were passed on to the endpoint. */
  sentToEndpoint(bytes: number): void {
    this.bytesToEndpoint += bytes;
    this.rules.counters[COUNTER.bytesToEndpoint]! += bytes;
    this.lastActivityMs = this.rules.context.now();
  }

  /** Bytes were passed on to the client. */
  sentToClient(bytes: number): void {
    this.bytesToClient += bytes;
    this.rules.counters[COUNTER.bytesToClient]! += bytes;
    this.lastActivityMs = this.rules.context.now();
  }

  /** Activity other than passed bytes: a peer read what was waiting for it, or ended its stream. */
  touch(): void {
    this.lastActivityMs = this.rules.context.now();
  }

  /** True if it uses or dials an endpoint whose slot is not among these. */
  outlives(known: ReadonlySet<number>): boolean {
    return this.#held && !known.has(this.#endpoint!.slot);
  }

  /** `reason`, or `probe` if the session was a health probe. `held`: bytes of the client that were not passed on. */
  endingOf(reason: CloseReason, held = 0): CloseReason {
    const bytes = this.bytesToClient + this.bytesToEndpoint + held;
    return wasProbe(reason, this.#client, this.#peer, bytes) ? 'probe' : reason;
  }

  /**
   * The session is over, and its connections are closed. Counts it, releases what it held, and leaves its record.
   * `reserved`: it had a place of `rules.limit`. `firstBytes`: what a refused client sent.
   */
  end(reason: CloseReason, detail: string | null, reserved: boolean, firstBytes: Uint8Array | null): void {
    if (this.#ended) return;
    this.#ended = true;
    const { counters, context, limit } = this.rules;
    const nowMs = context.now();
    const ms = nowMs - this.acceptedAtMs;
    countEnding(counters, reason, ms, nowMs);
    this.#release();
    this.rules.releaseClient(this.clientEntry);
    if (reserved) limit.release();
    if (!this.rules.records(reason)) return;
    if (context.batch.full) context.batch.drop();
    else context.batch.add(this.#record(reason, detail, ms, firstBytes));
  }

  /** The row of `herald sessions`. */
  info(): SessionInfo {
    const now = this.rules.context.now();
    return {
      listener: this.rules.plan.name,
      session: this.#text(),
      phase: this.#phase,
      client: clientText(this.#client, this.rules.plan.listen),
      via: viaText(this.#client, this.#peer),
      endpoint: this.#endpoint?.text ?? null,
      ageMs: Math.round(now - this.acceptedAtMs),
      idleMs: Math.round(now - this.lastActivityMs),
      bytesToEndpoint: this.bytesToEndpoint,
      bytesToClient: this.bytesToClient,
    };
  }

  #record(reason: CloseReason, detail: string | null, ms: number, first: Uint8Array | null): SessionRecord {
    const refused = reasonRow(reason).refused === true;
    return {
      listener: this.rules.plan.name,
      session: this.#text(),
      client: clientText(this.#client, this.rules.plan.listen),
      via: viaText(this.#client, this.#peer),
      endpoint: this.#endpoint?.text ?? null,
      reason,
      detail: detail ?? this.rules.detailOf(reason, this.#endpoint, this.#client.source),
      at: Date.now() - ms,
      ms,
      headerMs: this.#headerMs,
      connectMs: this.#connectMs,
      attempts: this.#attempts,
      bytesToEndpoint: this.bytesToEndpoint,
      bytesToClient: this.bytesToClient,
      header: this.#client.header,
      tlvs: loggedTlvs(this.#client, this.rules.context.logTlvs),
      // A copy: `slice` of a Buffer is a view, which would keep the whole chunk alive.
      firstBytes: refused && first !== null ? new Uint8Array(first.subarray(0, RECORDED_BYTES)) : null,
    };
  }

  /** The address for limits, hashing and affinity. Null for a unix socket, and for LOCAL, which is the proxy itself. */
  #clientIp(): Uint8Array | null {
    return this.#client.local ? null : (this.#client.source?.ip ?? null);
  }

  #arrived({ slot }: Endpoint): void {
    if (this.#missed) this.rules.cameTo(this.#clientIp(), slot);
  }

  #hold(): void {
    this.#held = true;
    this.rules.pool.acquire(this.#endpoint!);
  }

  #release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.rules.pool.release(this.#endpoint!);
  }

  /** The id that the header has, so that two Heralds in a row log the same one; otherwise our own. */
  #text(): string {
    const inherited = uniqueIdOf(this.#client);
    return inherited === undefined ? this.rules.context.ids.text(this.#id) : escapeText(inherited, 128);
  }
}

/** The sessions of these listeners of one worker, as `herald sessions` shows them: at most `limit`. */
export function sessionInfos(
  listeners: Iterable<{ readonly sessions: Iterable<{ readonly ledger: Ledger }> }>,
  limit: number,
): SessionInfo[] {
  const infos: SessionInfo[] = [];
  for (const { sessions } of listeners) {
    for (const { ledger } of sessions) {
      if (infos.length >= limit) return infos;
      infos.push(ledger.info());
    }
  }
  return infos;
}
