import { RT_TABLE_MAIN } from './ip-route.ts';
import {
  changeRule,
  dumpRules,
  FR_ACT,
  FRA,
  hasNoOther,
  RULE_HEADER_BYTES,
  type WrittenRule,
} from './ip-rule.ts';
import type { Netlink } from './netlink.ts';
import { type Attribute, parseAttributes, readWord, word } from './netlink-message.ts';
import { AF } from './sockaddr.ts';

/** What a rule does: looks into a table, goes on at the rule of a priority, nothing, or refuses (ENETUNREACH). */
export type RuleAction = 'lookup' | 'goto' | 'nop' | 'unreachable';

/** A rule for packets of one mark, or for all. */
export interface MarkRule {
  readonly family: 4 | 6;
  readonly priority: number;
  /** Null: whatever the mark. */
  readonly mark: number | null;
  /** Which bits of the mark are compared. 0 without a mark. */
  readonly mask: number;
  /** The interface by which the packet came; null: any. `lo` as well if the packet is of this host. */
  readonly iif: string | null;
  readonly action: RuleAction;
  /** The number of the table (lookup) or the priority (goto); else 0. */
  readonly target: number;
  /** A lookup passes over default routes (suppress_prefixlength 0). */
  readonly isNarrow: boolean;
  /** Who made it (rtm_protocol); 0: not said. */
  readonly protocol: number;
}

/** A rule as it was found. */
export interface FoundMarkRule extends MarkRule {
  /** It has conditions beyond these, or another action than these (read as nop). */
  readonly hasMore: boolean;
  /** It is for every packet that its conditions do not name. */
  readonly isInverted: boolean;
}

const WHOLE = 0xffffffff;
const FIB_RULE_PERMANENT = 1;
const FIB_RULE_INVERT = 2;
/** Said of a goto rule whose priority has no rule, and of a rule whose interface does not exist. */
const STATES = 0x4 | 0x8 | 0x10;
const ACTIONS: readonly (readonly [RuleAction, number])[] = [
  ['lookup', FR_ACT.TO_TBL],
  ['goto', FR_ACT.GOTO],
  ['nop', FR_ACT.NOP],
  ['unreachable', FR_ACT.UNREACHABLE],
];
const SHAPE: readonly number[] = [FRA.FWMARK, FRA.FWMASK, FRA.IIFNAME, FRA.GOTO, FRA.SUPPRESS_PREFIXLEN];

/** A rule for all bits of a mark (null: for every packet). */
export function markRule(rule: Omit<MarkRule, 'mask' | 'isNarrow'> & Partial<MarkRule>): MarkRule {
  return { isNarrow: false, ...rule, mask: rule.mark === null ? 0 : WHOLE };
}

/** Adds a rule. -EEXIST if it exists. */
export function addMarkRule(netlink: Netlink, rule: MarkRule): number {
  return changeRule(netlink, 'add', written(rule));
}

export function deleteMarkRule(netlink: Netlink, rule: MarkRule): number {
  return changeRule(netlink, 'delete', written(rule));
}

/** Every rule of a family, or the negative errno. */
export function listMarkRules(netlink: Netlink, family: 4 | 6): readonly FoundMarkRule[] | number {
  const messages = dumpRules(netlink, family);
  return typeof messages === 'number' ? messages : messages.map(({ body }) => parseMarkRule(body));
}

/** Whether a rule does exactly this, whoever made it. */
export function isSameRule(found: FoundMarkRule, rule: MarkRule): boolean {
  const { family, priority, mark, mask, iif, action, target, isNarrow } = found;
  return (
    !found.hasMore &&
    !found.isInverted &&
    family === rule.family &&
    priority === rule.priority &&
    mark === rule.mark &&
    mask === rule.mask &&
    iif === rule.iif &&
    action === rule.action &&
    target === rule.target &&
    isNarrow === rule.isNarrow
  );
}

/** As `ip rule` writes it. */
export function markRuleText({ priority, mark, mask, iif, action, target, isNarrow }: MarkRule): string {
  const bits = mask === WHOLE ? '' : `/${hex(mask)}`;
  const marked = mark === null ? '' : ` fwmark ${hex(mark)}${bits}`;
  const from = iif === null ? '' : ` iif ${iif}`;
  const where = target === RT_TABLE_MAIN && action === 'lookup' ? 'main' : target;
  const what = action === 'lookup' || action === 'goto' ? `${action} ${where}` : action;
  return `${priority}: from all${marked}${from} ${what}${isNarrow ? ' suppress_prefixlength 0' : ''}`;
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}

function written(rule: MarkRule): WrittenRule {
  const { family, priority, mark, mask, iif, action, target, isNarrow, protocol } = rule;
  const header = new Uint8Array(RULE_HEADER_BYTES);
  header[0] = family === 4 ? AF.INET : AF.INET6;
  header[7] = ACTIONS.find(([name]) => name === action)![1];
  const attributes: Attribute[] = [
    [FRA.PRIORITY, word(priority)],
    [FRA.PROTOCOL, Uint8Array.of(protocol)],
  ];
  if (mark !== null) attributes.push([FRA.FWMARK, word(mark)], [FRA.FWMASK, word(mask)]);
  if (iif !== null) attributes.push([FRA.IIFNAME, new TextEncoder().encode(`${iif}\0`)]);
  if (action === 'lookup') attributes.push([FRA.TABLE, word(target)]);
  if (isNarrow) attributes.push([FRA.SUPPRESS_PREFIXLEN, word(0)]);
  if (action === 'goto') attributes.push([FRA.GOTO, word(target)]);
  return { header, attributes };
}

export function parseMarkRule(body: Uint8Array): FoundMarkRule {
  const [family, dstLength, srcLength, tos, shortTable, , , kind] = body;
  const flags = new DataView(body.buffer, body.byteOffset).getUint32(8, true);
  const attributes = parseAttributes(body, RULE_HEADER_BYTES);
  const number = (type: number) => readWord(attributes.get(type));
  const action = ACTIONS.find(([, each]) => each === kind)?.[0];
  const mask = number(FRA.FWMASK) ?? 0;
  const iif = attributes.get(FRA.IIFNAME);
  const suppressed = number(FRA.SUPPRESS_PREFIXLEN) ?? WHOLE;
  const target =
    action === 'lookup' ? (number(FRA.TABLE) ?? shortTable!) : action === 'goto' ? number(FRA.GOTO)! : 0;
  return {
    family: family === AF.INET ? 4 : 6,
    priority: number(FRA.PRIORITY) ?? 0,
    // The kernel gives a mark of 0 only if a mask comes with it.
    mark: mask === 0 ? null : (number(FRA.FWMARK) ?? 0),
    mask,
    iif: iif === undefined ? null : new TextDecoder().decode(iif).replace(/\0$/, ''),
    action: action ?? 'nop',
    target,
    isNarrow: suppressed === 0,
    protocol: attributes.get(FRA.PROTOCOL)?.[0] ?? 0,
    hasMore:
      action === undefined ||
      dstLength !== 0 ||
      srcLength !== 0 ||
      tos !== 0 ||
      (suppressed !== 0 && suppressed !== WHOLE) ||
      (flags & ~(STATES | FIB_RULE_INVERT | FIB_RULE_PERMANENT)) !== 0 ||
      !hasNoOther(attributes, SHAPE),
    isInverted: (flags & FIB_RULE_INVERT) !== 0,
  };
}
