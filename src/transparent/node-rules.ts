import { RT_TABLE_MAIN } from '../linux/ip-route.ts';
import { type FoundMarkRule, isSameRule, type MarkRule, markRule, markRuleText } from '../linux/mark-rule.ts';
import { DIAL_MARK } from '../linux/transparent.ts';
import { HERALD } from './transparent-routes.ts';

/**
 * The mark of packets that are for a transparent socket of this node. Neither it nor the mark of dials has a bit of those that Kubernetes
 * (0x4000, 0x8000), AWS (0x80), Cilium (0xf00) and Calico (0xffff0000) use. Both are compared as a whole. They cannot be chosen: the
 * Heralds that dial are other processes, which know only these.
 */
export const NODE_MARK = 0x3048;

/**
 * The priorities of the rules. Marked packets have to leave before any rule that a CNI has for pods, whose addresses they come from: AWS
 * begins at 512, Calico at 99, Cilium at 9. Below them are a few numbers for rules that programs add without a priority.
 *
 * What Herald sends as a client to a pod that is gone has no route but the default one. It would leave the node with the address of the
 * client, and for each session until the kernel gives up. So the first two rules give such packets the routes of table main without the
 * default route, or none: then the dial fails with ENETUNREACH. Tables of others are not looked at, because a rule can pass over the
 * default route of one table only.
 *
 * Reverse path filtering looks up the way back as a packet that comes from lo. With src_valid_mark, or firewalld's filter for IPv6, that
 * packet has the mark too; led to the table it would find that the pod is this host, and the answer would be dropped. So do answers of
 * the kernel itself that take over the mark (fwmark_reflect). The third rule leads such packets past the fourth one, to the last,
 * which does nothing: what they find is what they would find without Herald. A rule for `lookup main` instead would hide what others
 * have for them.
 */
const PRIORITY = { DIAL: 4, REFUSE: 5, SKIP: 6, LOOK_UP: 7, LAND: 8 } as const;

/** Which table the routes of a node have, and the port that pods of the node cannot speak to elsewhere. */
export interface NodeRouteSettings {
  readonly table: number;
  readonly guardPort: number | null;
}

/** A rule, and in plain words what it is for. */
export interface NodeRule {
  readonly rule: MarkRule;
  readonly purpose: string;
}

/** The rules of a family, in the order of their priorities. */
export function nodeRules(family: 4 | 6, table: number): readonly NodeRule[] {
  const all = { family, iif: null, protocol: HERALD } as const;
  const own = { ...all, iif: 'lo' } as const;
  const main = { action: 'lookup', target: RT_TABLE_MAIN, isNarrow: true } as const;
  return [
    {
      rule: markRule({ ...own, priority: PRIORITY.DIAL, mark: DIAL_MARK, ...main }),
      purpose: 'what is sent as a client takes no default route',
    },
    {
      rule: markRule({
        ...own,
        priority: PRIORITY.REFUSE,
        mark: DIAL_MARK,
        action: 'unreachable',
        target: 0,
      }),
      purpose: 'without another route it does not leave',
    },
    {
      rule: markRule({
        ...own,
        priority: PRIORITY.SKIP,
        mark: NODE_MARK,
        action: 'goto',
        target: PRIORITY.LAND,
      }),
      purpose: 'checks of the way back pass over the next rule',
    },
    {
      rule: markRule({
        ...all,
        priority: PRIORITY.LOOK_UP,
        mark: NODE_MARK,
        action: 'lookup',
        target: table,
      }),
      purpose: 'answers of pods take the route to this node',
    },
    {
      rule: markRule({ ...all, priority: PRIORITY.LAND, mark: null, action: 'nop', target: 0 }),
      purpose: 'where those checks go on; it does nothing itself',
    },
  ];
}

/** What is wrong if a rule of somebody else is for packets of this mark, or takes them before Herald's rules do. */
export function markTaken(
  rules: readonly FoundMarkRule[],
  family: 4 | 6,
  table: number,
  mark: number,
): string | undefined {
  const own = nodeRules(family, table);
  const taker = rules.find((rule) => {
    if (rule.mark === null || rule.isInverted || own.some((each) => isSameRule(rule, each.rule)))
      return false;
    const fits = (mark & rule.mask) >>> 0 === (rule.mark & rule.mask) >>> 0;
    const isOnlyThis = rule.mark === mark && rule.mask === 0xffffffff;
    const doesTheSame = own.some((each) => isSameRule({ ...rule, priority: each.rule.priority }, each.rule));
    return fits && !doesTheSame && (isOnlyThis || rule.priority <= PRIORITY.LOOK_UP);
  });
  if (taker === undefined) return undefined;
  const more = taker.hasMore ? ', with more conditions' : '';
  return `packets with the mark 0x${mark.toString(16)} are taken by a rule of another program for IPv${family} ("${markRuleText(taker)}"${more}); Herald cannot use another mark, so that program has to`;
}
