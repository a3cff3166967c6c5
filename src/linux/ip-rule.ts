import { type Netlink, NLM_F } from './netlink.ts';
import {
  type Attribute,
  type NetlinkMessage,
  type NetlinkRequest,
  parseAttributes,
  readWord,
  word,
} from './netlink-message.ts';
import { AF } from './sockaddr.ts';

/** include/uapi/linux/rtnetlink.h */
const RTM = { NEWRULE: 32, DELRULE: 33, GETRULE: 34 } as const;
/** include/uapi/linux/fib_rules.h */
export const FRA = {
  ...{ SRC: 2, IIFNAME: 3, GOTO: 4, PRIORITY: 6, FWMARK: 10, SUPPRESS_PREFIXLEN: 14, TABLE: 15, FWMASK: 16 },
  ...{ PAD: 18, PROTOCOL: 21 },
} as const;
export const FR_ACT = { TO_TBL: 1, GOTO: 2, NOP: 3, UNREACHABLE: 7 } as const;
/** struct fib_rule_hdr: family, dst_len, src_len, tos, table, 2 reserved, action, then 4 of flags. */
export const RULE_HEADER_BYTES = 12;
/** Attributes that add no condition to a rule. */
const WIDE: readonly number[] = [FRA.PRIORITY, FRA.TABLE, FRA.PROTOCOL, FRA.PAD];
/** A table with a greater number is in an attribute. */
const MOST_IN_HEADER = 255;

/** A rule: packets from these addresses that come in by this interface use this table. */
export interface IpRule {
  readonly from: Uint8Array;
  readonly prefix: number;
  readonly iif: string;
  readonly table: number;
  /** Its priority; undefined: the kernel chooses, behind the rule of table `local`. */
  readonly priority?: number;
  /** Who made it (rtm_protocol); 0: not said. */
  readonly protocol: number;
}

/** Adds a rule. -EEXIST if it exists. */
export function addRule(netlink: Netlink, rule: IpRule): number {
  return changeRule(netlink, 'add', written(rule));
}

export function deleteRule(netlink: Netlink, rule: IpRule): number {
  return changeRule(netlink, 'delete', written(rule));
}

/** What a request for a rule consists of, whatever the shape of the rule. */
export type WrittenRule = Pick<NetlinkRequest, 'header' | 'attributes'>;

/** Adds a rule (-EEXIST if it exists) or deletes it. */
export function changeRule(netlink: Netlink, what: 'add' | 'delete', rule: WrittenRule): number {
  return what === 'add'
    ? netlink.change({ type: RTM.NEWRULE, flags: NLM_F.CREATE | NLM_F.EXCL, ...rule })
    : netlink.change({ type: RTM.DELRULE, flags: 0, ...rule });
}

/** The rules of a family (4 or 6) that have this shape and no further condition; or the negative errno. */
export function listRules(netlink: Netlink, family: 4 | 6): readonly IpRule[] | number {
  const messages = dumpRules(netlink, family);
  if (typeof messages === 'number') return messages;
  return messages.flatMap(({ body }) => parseRule(body) ?? []);
}

/** Every rule of a family, as the kernel writes it, in the order in which they apply; or the negative errno. */
export function dumpRules(netlink: Netlink, family: 4 | 6): readonly NetlinkMessage[] | number {
  const header = new Uint8Array(RULE_HEADER_BYTES);
  header[0] = family === 4 ? AF.INET : AF.INET6;
  return netlink.dump({ type: RTM.GETRULE, flags: 0, header, attributes: [] });
}

/** Whether a rule has no condition but those of the shape that asks. A SUPPRESS_PREFIXLEN of all ones means none. */
export function hasNoOther(attributes: ReadonlyMap<number, Uint8Array>, shape: readonly number[]): boolean {
  return [...attributes].every(
    ([type, value]) =>
      WIDE.includes(type) ||
      shape.includes(type) ||
      (type === FRA.SUPPRESS_PREFIXLEN && readWord(value) === 0xffffffff),
  );
}

function written({ from, prefix, iif, table, priority, protocol }: IpRule) {
  const header = new Uint8Array(RULE_HEADER_BYTES);
  header[0] = from.length === 4 ? AF.INET : AF.INET6;
  header[2] = prefix;
  header[4] = table > MOST_IN_HEADER ? 0 : table;
  header[7] = FR_ACT.TO_TBL;
  const attributes: Attribute[] = [
    [FRA.SRC, from],
    [FRA.IIFNAME, new TextEncoder().encode(`${iif}\0`)],
    [FRA.TABLE, word(table)],
    [FRA.PROTOCOL, Uint8Array.of(protocol)],
  ];
  if (priority !== undefined) attributes.push([FRA.PRIORITY, word(priority)]);
  return { header, attributes };
}

/** Undefined for another kind of rule. */
export function parseRule(body: Uint8Array): IpRule | undefined {
  const [, dstLength, prefix, tos, shortTable, , , action] = body;
  const flags = body.subarray(8, RULE_HEADER_BYTES);
  const attributes = parseAttributes(body, RULE_HEADER_BYTES);
  const from = attributes.get(FRA.SRC);
  const iif = attributes.get(FRA.IIFNAME);
  if (from === undefined || iif === undefined || dstLength !== 0 || tos !== 0 || action !== FR_ACT.TO_TBL) {
    return undefined;
  }
  // FIB_RULE_INVERT and the like. An interface that does not exist sets a flag too.
  if (flags.some((byte) => byte !== 0)) return undefined;
  if (!hasNoOther(attributes, [FRA.SRC, FRA.IIFNAME])) return undefined;
  return {
    from,
    prefix: prefix!,
    iif: new TextDecoder().decode(iif).replace(/\0$/, ''),
    table: readWord(attributes.get(FRA.TABLE)) ?? shortTable!,
    priority: readWord(attributes.get(FRA.PRIORITY)) ?? 0,
    protocol: attributes.get(FRA.PROTOCOL)?.[0] ?? 0,
  };
}
