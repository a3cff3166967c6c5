import { type FoundMarkRule, isSameRule, type MarkRule, markRule, markRuleText } from '../linux/mark-rule.ts';
import { HERALD } from './transparent-routes.ts';

/**
 * The priorities of the rules. Marked packets have to leave before any rule that a CNI has for pods, whose addresses they come from: AWS
 * begins at 512, Calico at 99, Cilium at 9. Below them are a few numbers for rules that programs add without a priority.
 *
 * Reverse path filtering looks up the way back as a packet that comes from lo. With src_valid_mark, or firewalld's filter for IPv6, that
 * packet has the mark too; led to the table it would find that the pod is this host, and the answer would be dropped. So do answers of
 * the kernel itself that take over the mark (fwmark_reflect). The first rule leads such packets past the second one, to the third,
 * which does nothing: what they find is what they would find without Herald. A rule for `lookup main` instead would hide what others
 * have for them.
 */
const PRIORITY = { SKIP: 5, LOOK_UP: 6, LAND: 7 } as const;

/** Which mark and which table the routes of a node have, and the port that pods of the node cannot speak to elsewhere. */
export interface NodeRouteSettings {
  readonly mark: number;
  readonly table: number;
  readonly guardPort: number | null;
}

type Marked = Pick<NodeRouteSettings, 'mark' | 'table'>;

/** The rules of a family, in the order of their priorities. */
export function nodeRules(family: 4 | 6, { mark, table }: Marked): readonly MarkRule[] {
  const common = { family, protocol: HERALD };
  return [
    { ...common, priority: PRIORITY.SKIP, mark, iif: 'lo', action: 'goto', target: PRIORITY.LAND } as const,
    { ...common, priority: PRIORITY.LOOK_UP, mark, iif: null, action: 'lookup', target: table } as const,
    { ...common, priority: PRIORITY.LAND, mark: null, iif: null, action: 'nop', target: 0 } as const,
  ].map(markRule);
}

/** What is wrong if a rule of somebody else is for packets of this mark, or takes them before Herald's rules do. */
export function markTaken(
  rules: readonly FoundMarkRule[],
  family: 4 | 6,
  { mark, table }: Marked,
): string | undefined {
  const own = nodeRules(family, { mark, table });
  const taker = rules.find((rule) => {
    if (rule.mark === null || rule.isInverted || own.some((each) => isSameRule(rule, each))) return false;
    const fits = (mark & rule.mask) >>> 0 === (rule.mark & rule.mask) >>> 0;
    const isOnlyThis = rule.mark === mark && rule.mask === 0xffffffff;
    const doesTheSame = rule.action === 'lookup' && rule.target === table && !rule.hasMore;
    return fits && !doesTheSame && (isOnlyThis || rule.priority <= PRIORITY.LOOK_UP);
  });
  if (taker === undefined) return undefined;
  const more = taker.hasMore ? ', with more conditions' : '';
  return `packets with the mark 0x${mark.toString(16)} are taken by a rule of another program for IPv${family} ("${markRuleText(taker)}"${more}); choose another mark with --mark`;
}
