import { reasonRow } from '../plan/close-reason.ts';
import type { SessionRecord } from '../plan/observer.ts';
import { escapeText } from '../wire/escape-text.ts';
import { describeFirstBytes } from './decode-first-bytes.ts';
import { detailOf } from './refusal-hint.ts';
import { type LogClients, showClient } from './show-client.ts';

const CAPACITY = 256;
/** 64 bytes, each at most four characters (`\\x00`). */
const MAX_CHARS = 4 * 64;

/** One refused client, as `herald refused` shows it. */
export interface RefusedClient {
  /** ISO 8601. */
  readonly at: string;
  /** Null with `--log-clients none`. */
  readonly peer: string | null;
  readonly listener: string;
  readonly reason: string;
  readonly detail: string | null;
  /** At most 64 bytes. Null if there are none, and without `--log-clients full`, because headers hold addresses. */
  readonly firstBytes: { readonly text: string; readonly hex: string } | null;
  /** The first bytes decoded, in one line. */
  readonly decoded: string | null;
}

/** The last 256 refused clients: what an operator needs first if no client gets in. */
export interface Refusals {
  add(batch: readonly SessionRecord[]): void;
  /** Oldest first. */
  list(): readonly RefusedClient[];
}

export function createRefusals(clients: LogClients): Refusals {
  const ring: SessionRecord[] = [];
  let next = 0;
  return {
    add(batch) {
      for (const record of batch) {
        if (reasonRow(record.reason).refused !== true) continue;
        ring[next] = record;
        next = (next + 1) % CAPACITY;
      }
    },
    // Text is made only on request, so that a flood of refusals costs one reference each.
    list: () => [...ring.slice(next), ...ring.slice(0, next)].map((record) => describe(record, clients)),
  };
}

function describe(record: SessionRecord, clients: LogClients): RefusedClient {
  const { firstBytes } = record;
  const bytes = firstBytes !== null && firstBytes.length > 0 ? firstBytes : null;
  return {
    at: new Date(record.at).toISOString(),
    // The peer is refused, whatever client a header announces.
    peer: showClient(record.via ?? record.client, clients),
    listener: record.listener,
    reason: record.reason,
    detail: detailOf(record, clients),
    firstBytes:
      bytes !== null && clients === 'full'
        ? { text: escapeText(bytes, MAX_CHARS), hex: Buffer.from(bytes).toString('hex') }
        : null,
    decoded: bytes === null ? null : describeFirstBytes(bytes, clients),
  };
}
