import type { Endpoint, EndpointGroup, Snapshot } from '../../endpoints/snapshot.ts';
import { hopAt, type PackedHops, packHops } from './packed-hops.ts';

/**
 * A snapshot as it is posted to a thread: one row of bytes for each endpoint. Ten thousand endpoints as objects take tens of
 * milliseconds to post, and as many to receive in every worker; as rows they take one.
 */
export interface PackedSnapshot extends Omit<Snapshot, 'endpoints'> {
  /** `ROW_BYTES` each: slot, port, length of the address, address. */
  readonly rows: Uint8Array;
  /** Joined by NUL, which neither an address nor a path contains. The text of a unix socket contains its path. */
  readonly texts: string;
  readonly hops: PackedHops | null;
}

const PORT_AT = 4;
const LENGTH_AT = 6;
const IP_AT = 7;
/** 16 of an IPv6 address. */
const ROW_BYTES = IP_AT + 16;
const UNIX = 'unix:';

/** Returns a function that packs a snapshot once, however often it is asked: for an order that goes to several workers. */
export function createPacking(): (snapshot: Snapshot) => PackedSnapshot {
  const packed = new Map<Snapshot, PackedSnapshot>();
  return (snapshot) => {
    const made = packed.get(snapshot) ?? packSnapshot(snapshot);
    packed.set(snapshot, made);
    return made;
  };
}

export function packSnapshot({ endpoints, ...rest }: Snapshot): PackedSnapshot {
  const rows = new Uint8Array(endpoints.length * ROW_BYTES);
  const numbers = new DataView(rows.buffer);
  for (const [index, { slot, port, ip }] of endpoints.entries()) {
    const at = index * ROW_BYTES;
    numbers.setInt32(at, slot);
    numbers.setUint16(at + PORT_AT, port);
    rows[at + LENGTH_AT] = ip.length;
    rows.set(ip, at + IP_AT);
  }
  return { ...rest, rows, texts: endpoints.map(({ text }) => text).join('\0'), hops: packHops(endpoints) };
}

/** The inverse of `packSnapshot`. */
export function unpackSnapshot(packed: PackedSnapshot): Snapshot {
  return new UnpackedSnapshot(packed);
}

const NONE: readonly Endpoint[] = [];

/**
 * Makes its endpoints when they are first asked for. A worker has the listeners of a whole cluster, and a node gets clients for
 * few of them.
 */
class UnpackedSnapshot implements Snapshot {
  readonly generation: number;
  readonly empty: Snapshot['empty'];
  readonly known: readonly number[] | null;
  readonly hashTable: Uint16Array | null;
  readonly groups: readonly EndpointGroup[] | null;
  readonly refusesEmptyShares: boolean;
  /** null: they have been made. */
  #packed: PackedSnapshot | null;
  #endpoints = NONE;

  constructor(packed: PackedSnapshot) {
    this.#packed = packed;
    this.generation = packed.generation;
    this.empty = packed.empty;
    this.known = packed.known;
    this.hashTable = packed.hashTable;
    this.groups = packed.groups;
    this.refusesEmptyShares = packed.refusesEmptyShares;
  }

  get endpoints(): readonly Endpoint[] {
    if (this.#packed !== null) {
      this.#endpoints = unpackEndpoints(this.#packed);
      this.#packed = null;
    }
    return this.#endpoints;
  }
}

function unpackEndpoints({ rows, texts, hops }: PackedSnapshot): readonly Endpoint[] {
  if (rows.length === 0) return NONE;
  const numbers = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  return texts.split('\0').map((text, index) => {
    const at = index * ROW_BYTES;
    const ip = rows.slice(at + IP_AT, at + IP_AT + rows[at + LENGTH_AT]!);
    const path = ip.length === 0 ? text.slice(UNIX.length) : null;
    const slot = numbers.getInt32(at);
    const port = numbers.getUint16(at + PORT_AT);
    const hop = hopAt(hops, index);
    return hop === undefined ? { slot, ip, port, path, text } : { slot, ip, port, path, text, hop };
  });
}
