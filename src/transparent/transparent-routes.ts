import { ERRNO } from '../linux/errno.ts';
import type { IpRoute } from '../linux/ip-route.ts';
import { addRoute, deleteRoute, LOOPBACK_INDEX, listRoutes, RT_TABLE_LOCAL, RTN } from '../linux/ip-route.ts';
import type { IpRule } from '../linux/ip-rule.ts';
import { addRule, deleteRule, listRules } from '../linux/ip-rule.ts';
import type { Netlink } from '../linux/netlink.ts';
import { routeError } from './route-error.ts';

/** What `--present transparent` needs of the kernel for one family, and whether it is there. */
export interface RoutePart {
  readonly family: 4 | 6;
  readonly part: 'rule' | 'route';
  /** As `ip rule` and `ip route` write it. */
  readonly text: string;
  /** `herald`: set by us. `other`: set by somebody else, who takes it away again. `unavailable`: no loopback of the family. */
  readonly state: 'herald' | 'other' | 'missing' | 'unavailable';
}

/**
 * Who made a rule or a route, as the kernel keeps it (rtm_protocol): by it `down` knows its own. Numbers from 5 on
 * are free for programs; those that iproute2 names are 11 to 18, 42, 99 and 186 to 192.
 */
const HERALD = 72;

/** What the kernel says of a rule, and of a route, that is not there any more. */
const GONE: readonly number[] = [-ERRNO.ENOENT, -ERRNO.ESRCH];

interface Family {
  readonly family: 4 | 6;
  readonly loopback: Uint8Array;
  readonly prefix: number;
  readonly from: string;
  readonly everywhere: string;
}

const FAMILIES: readonly Family[] = [
  {
    family: 4,
    loopback: Uint8Array.of(127, 0, 0, 1),
    prefix: 8,
    from: '127.0.0.1/8',
    everywhere: '0.0.0.0/0',
  },
  { family: 6, loopback: new Uint8Array(16).fill(1, 15), prefix: 128, from: '::1/128', everywhere: '::/0' },
];

/**
 * Reads what is there. What an endpoint on loopback answers has to come back to this host, whoever it is for: a
 * rule sends what loopback says to a table of its own, and all routes of that table are `local`.
 */
export function readRoutes(netlink: Netlink, table: number): readonly RoutePart[] {
  return FAMILIES.flatMap((family) => {
    const there = hasLoopback(netlink, family);
    const rule = there ? rulesOf(netlink, family, table) : [];
    const route = there ? routesOf(netlink, family, table) : [];
    return [
      partOf(family, 'rule', `from ${family.from} iif lo lookup ${table}`, there, rule),
      partOf(family, 'route', `local ${family.everywhere} dev lo table ${table}`, there, route),
    ];
  });
}

/** Sets what is missing. Throws a `StartError` where the kernel refuses, or where the table is somebody else's. */
export function setRoutes(netlink: Netlink, table: number): void {
  for (const { family, part, state } of readRoutes(netlink, table)) {
    if (state === 'unavailable' && family === 4)
      throw routeError('loopback_down', 'the interface lo is down');
    if (state !== 'missing') continue;
    const wanted = FAMILIES.find((each) => each.family === family)!;
    const result =
      part === 'rule' ? addRule(netlink, ruleOf(wanted, table)) : addRoute(netlink, routeOf(wanted, table));
    // Somebody may have been faster.
    if (result < 0 && result !== -ERRNO.EEXIST)
      throw routeError('routes_refused', `the ${part} for IPv${family} could not be set`, result);
  }
}

/** Takes away what is our own in this table, and nothing else. */
export function removeRoutes(netlink: Netlink, table: number): void {
  for (const family of FAMILIES) {
    if (!hasLoopback(netlink, family)) continue;
    for (const rule of rulesOf(netlink, family, table)) {
      if (rule.protocol === HERALD) removed('rule', family, deleteRule(netlink, rule));
    }
    for (const route of routesOf(netlink, family, table)) {
      if (route.protocol === HERALD) removed('route', family, deleteRoute(netlink, route));
    }
  }
}

function removed(part: 'rule' | 'route', { family }: Family, result: number): void {
  if (result < 0 && !GONE.includes(result))
    throw routeError('routes_refused', `the ${part} for IPv${family} could not be removed`, result);
}

function partOf(
  { family }: Family,
  part: RoutePart['part'],
  text: string,
  there: boolean,
  found: readonly { readonly protocol: number }[],
): RoutePart {
  const state = found.some(({ protocol }) => protocol === HERALD)
    ? 'herald'
    : found.length > 0
      ? 'other'
      : there
        ? 'missing'
        : 'unavailable';
  return { family, part, text, state };
}

function ruleOf({ loopback, prefix }: Family, table: number): IpRule {
  return { from: loopback, prefix, iif: 'lo', table, protocol: HERALD };
}

function routeOf({ loopback }: Family, table: number): IpRoute {
  const to = new Uint8Array(loopback.length);
  return { to, prefix: 0, type: RTN.LOCAL, table, index: LOOPBACK_INDEX, protocol: HERALD };
}

function rulesOf(netlink: Netlink, { family, loopback, prefix }: Family, table: number): readonly IpRule[] {
  const rules = listRules(netlink, family);
  if (typeof rules === 'number') throw routeError('routes_unreadable', `the rules of IPv${family}`, rules);
  return rules.filter(
    (rule) =>
      rule.table === table &&
      rule.iif === 'lo' &&
      rule.prefix === prefix &&
      // Of 127.0.0.1/8 the first byte counts.
      rule.from.subarray(0, prefix / 8).every((byte, at) => byte === loopback[at]),
  );
}

/** Throws where the table holds anything else: it is somebody's own. */
function routesOf(netlink: Netlink, { family }: Family, table: number): readonly IpRoute[] {
  const routes = listRoutes(netlink, family, table);
  if (typeof routes === 'number') throw routeError('routes_unreadable', `the routes of IPv${family}`, routes);
  const ours = routes.filter(
    ({ type, prefix, index }) => type === RTN.LOCAL && prefix === 0 && index === LOOPBACK_INDEX,
  );
  if (ours.length < routes.length) {
    throw routeError('table_taken', `table ${table} has routes of somebody else; take another by --table`);
  }
  return ours;
}

/** Whether this host has the loopback address of the family: without it no endpoint can be there. */
function hasLoopback(netlink: Netlink, { family, loopback }: Family): boolean {
  const routes = listRoutes(netlink, family, RT_TABLE_LOCAL);
  return (
    typeof routes !== 'number' &&
    routes.some(({ type, to }) => type === RTN.LOCAL && Buffer.compare(to, loopback) === 0)
  );
}
