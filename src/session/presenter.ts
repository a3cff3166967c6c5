import type { PresentationPlan } from '../plan/plan.ts';
import type { Header } from '../wire/header.ts';
import { readTlvs, TLV, tlvName } from '../wire/tlv.ts';
import { sealCrc32c, writeTlv } from '../wire/write-tlv.ts';
import { writeV1, writeV1Unknown } from '../wire/write-v1.ts';
import { writeV2, writeV2Local, writeV2Unspec } from '../wire/write-v2.ts';
import { type Client, uniqueIdOf } from './client.ts';

const NO_TLVS = new Uint8Array(0);
/** 16 bytes of prefix and 36 of two IPv6 addresses with their ports (§2.2). */
const V2_BYTES = 16 + 36;
const TLV_HEAD = 3;
const CRC32C_TLV = TLV_HEAD + 4;
/** The length field of the block has 16 bits. */
const MAX_BLOCK = 65_535;

/** Writes the header that presents a client to the endpoint, by one listener's plan. */
export class Presenter {
  readonly #plan: PresentationPlan;
  readonly #fixed: Uint8Array;
  /** Types that the plan adds; received TLVs of these types are dropped, because a receiver uses the first of a type. */
  readonly #replaced: ReadonlySet<number>;
  /** No header of this presenter is longer. */
  readonly maxBytes: number;

  constructor(plan: PresentationPlan) {
    this.#plan = plan;
    this.#fixed = encode(plan.add);
    this.#replaced = new Set(plan.add.map(({ type }) => type).filter((type) => type !== TLV.NOOP));
    const ownTlvs =
      this.#fixed.length + (plan.uniqueId ? TLV_HEAD + 128 : 0) + (plan.crc32c ? CRC32C_TLV : 0);
    const passes = plan.pass === 'all' || plan.pass.length > 0;
    const v2 = passes ? 16 + MAX_BLOCK : V2_BYTES + ownTlvs;
    // 107 = the longest line of v1 (§2.1).
    this.maxBytes = plan.form === 'v2' ? v2 : plan.form === 'v1' ? 107 : 0;
  }

  /** True if no header is sent before the client's bytes. */
  get silent(): boolean {
    return this.#plan.form === 'none' || this.#plan.form === 'transparent';
  }

  /**
   * Writes into `target`, which has room for `maxBytes` at `at`. Returns the bytes written: 0 if the form has no header, -1 if
   * the TLVs to pass on do not fit into one. `session` makes the UNIQUE_ID of a client that came without.
   */
  write(target: Uint8Array, at: number, client: Client, session: () => Uint8Array): number {
    switch (this.#plan.form) {
      case 'none':
      case 'transparent':
      case 'forwarded':
        return 0;
      case 'v1':
        return this.#writeV1(target, at, client);
      case 'v2':
        return this.#writeV2(target, at, client, session);
    }
  }

  #writeV1(target: Uint8Array, at: number, client: Client): number {
    const { source, destination } = client;
    // LOCAL is passed on as LOCAL; the equivalent of v1 is UNKNOWN (§2.1).
    if (client.local || source === null || destination === null) return writeV1Unknown(target, at);
    return writeV1(target, at, source.ip, source.port, destination.ip, destination.port);
  }

  #writeV2(target: Uint8Array, at: number, client: Client, session: () => Uint8Array): number {
    if (client.local) return writeV2Local(target, at);
    const { crc32c, uniqueId } = this.#plan;
    const passed = this.#passed(client.facts);
    const id = uniqueId ? (uniqueIdOf(client) ?? session()) : null;
    let tlvBytes = this.#fixed.length;
    for (const tlv of passed) tlvBytes += TLV_HEAD + tlv.value.length;
    if (id !== null) tlvBytes += TLV_HEAD + id.length;
    if (crc32c) tlvBytes += CRC32C_TLV;
    const { source, destination } = client;
    // Read once, because an engine may make the bytes anew at each access.
    const from = source?.ip;
    const to = destination?.ip;
    if (addressBytes(from, to) + tlvBytes > MAX_BLOCK) return -1;

    let end = at;
    if (from === undefined || to === undefined) end += writeV2Unspec(target, at, tlvBytes);
    else end += writeV2(target, at, from, source!.port, to, destination!.port, tlvBytes);
    for (const tlv of passed) end += writeTlv(target, end, tlv.type, tlv.value);
    target.set(this.#fixed, end);
    end += this.#fixed.length;
    if (id !== null) end += writeTlv(target, end, TLV.UNIQUE_ID, id);
    if (crc32c) {
      end += writeTlv(target, end, TLV.CRC32C, ZERO);
      sealCrc32c(target, at, end - ZERO.length, end);
    }
    return end - at;
  }

  /**
   * The received TLVs to pass on, with order and duplicates. The checksum is computed anew, padding is dropped, and TLVs that the
   * plan adds replace all of their type. The name of an endpoint was meant for this Herald: no other is to follow it.
   */
  #passed(header: Header | null): ReturnType<typeof readTlvs> {
    const { pass, uniqueId } = this.#plan;
    if (header === null || (pass !== 'all' && pass.length === 0)) return [];
    return readTlvs(header).filter(({ type, value }) => {
      if (type === TLV.CRC32C || type === TLV.NOOP) return false;
      if (tlvName(type, value) === 'HERALD_ENDPOINT') return false;
      if (this.#replaced.has(type) || (type === TLV.UNIQUE_ID && uniqueId)) return false;
      return pass === 'all' || pass.includes(type);
    });
  }
}

const ZERO = new Uint8Array(4);

/** The size of two addresses with their ports. If one is IPv6, the other is written as IPv6 too. */
function addressBytes(from: Uint8Array | undefined, to: Uint8Array | undefined): number {
  if (from === undefined || to === undefined) return 0;
  return from.length === 4 && to.length === 4 ? 12 : 36;
}

function encode(tlvs: PresentationPlan['add']): Uint8Array {
  const length = tlvs.reduce((sum, tlv) => sum + TLV_HEAD + tlv.value.length, 0);
  if (length === 0) return NO_TLVS;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const tlv of tlvs) at += writeTlv(bytes, at, tlv.type, tlv.value);
  return bytes;
}
