import { ERRNO, errnoName } from '../linux/errno.ts';
import type { IpRoute, NewRoute } from '../linux/ip-route.ts';
import { addRoute, deleteRoute, LOOPBACK_INDEX, listRoutes, RT_TABLE_LOCAL, RTN } from '../linux/ip-route.ts';
import type { IpRule } from '../linux/ip-rule.ts';
import { addRule, deleteRule, listRules } from '../linux/ip-rule.ts';
import { Netlink } from '../linux/netlink.ts';
import { StartError } from '../plan/start-error.ts';

/** A rule or a route that `--present transparent` needs for one family, and whether the kernel has it. */
export interface RoutePart {
  readonly family: 4 | 6;
  readonly part: 'rule' | 'route';
  /** As `ip rule` and `ip route` write it. */
  readonly text: string;
  /** `herald`: set by Herald. `other`: set by another program. `unavailable`: this host has no loopback address of the family. */
  readonly state: 'herald' | 'other' | 'missing' | 'unavailable';
}

/**
 * rtm_protocol: the kernel keeps with a rule or a route which program made it, and `down` removes only those of this number.
 * Numbers from 5 on are free for programs; iproute2 has names for 11 to 18, 42, 99 and 186 to 192.
 */
export const HERALD = 72;

/** The kernel's errors for deleting a rule or a route that no longer exists. */
export const GONE: readonly number[] = [-ERRNO.ENOENT, -ERRNO.ESRCH];

/** What the parts of one family consist of. */
export interface RouteFamily {
  readonly family: 4 | 6;
  readonly loopback: Uint8Array;
  readonly prefix: number;
  readonly from: string;
  readonly everywhere: string;
}

export const ROUTE_FAMILIES: readonly RouteFamily[] = [
  {
    family: 4,
    loopback: Uint8Array.of(127, 0, 0, 1),
    prefix: 8,
    from: '127.0.0.1/8',
    everywhere: '0.0.0.0/0',
  },
  { family: 6, loopback: new Uint8Array(16).fill(1, 15), prefix: 128, from: '::1/128', everywhere: '::/0' },
];

/** Opens the socket that asks the kernel for routes and addresses. Throws a `StartError` that says that `who` needs it. */
export function openNetlink(who: string): Netlink {
  try {
    return new Netlink();
  } catch (error) {
    const message = `${who} needs a netlink socket, and the kernel refuses one here (${(error as Error).message})`;
    throw new StartError('netlink_unavailable', message, error);
  }
}

/**
 * Reads which parts exist. An endpoint on loopback sends its answers to the client's address, and they have to come back
 * to this host. So a rule sends packets from loopback to a table of its own, and the one route of that table makes every
 * address `local`.
 */
export function readRoutes(netlink: Netlink, table: number): readonly RoutePart[] {
  return ROUTE_FAMILIES.flatMap((family) => {
    const there = hasLoopback(netlink, family);
    const rule = there ? rulesOf(netlink, family, table) : [];
    const route = there ? routesOf(netlink, family, table) : [];
    return [
      partOf(family, 'rule', `from ${family.from} iif lo lookup ${table}`, there, rule),
      partOf(family, 'route', `local ${family.everywhere} dev lo table ${table}`, there, route),
    ];
  });
}

/** Adds the parts that are missing. Throws a `StartError` if the kernel refuses, or if the table has other routes. */
export function setRoutes(netlink: Netlink, table: number): void {
  for (const { family, part, state } of readRoutes(netlink, table)) {
    if (state === 'unavailable' && family === 4)
      throw routeError('loopback_down', 'the interface lo is down');
    if (state !== 'missing') continue;
    const wanted = ROUTE_FAMILIES.find((each) => each.family === family)!;
    const result =
      part === 'rule' ? addRule(netlink, ruleOf(wanted, table)) : addRoute(netlink, routeOf(wanted, table));
    // EEXIST: another process added it in the meantime.
    if (result < 0 && result !== -ERRNO.EEXIST)
      throw routeError('routes_refused', `cannot add the ${part} for IPv${family}`, result);
  }
}

/** Removes Herald's own rule and route of this table, and nothing else. */
export function removeRoutes(netlink: Netlink, table: number): void {
  for (const family of ROUTE_FAMILIES) {
    if (!hasLoopback(netlink, family)) continue;
    for (const rule of rulesOf(netlink, family, table)) {
      if (rule.protocol === HERALD) removed('rule', family, deleteRule(netlink, rule));
    }
    for (const route of routesOf(netlink, family, table)) {
      if (route.protocol === HERALD) removed('route', family, deleteRoute(netlink, route));
    }
  }
}

function removed(part: 'rule' | 'route', { family }: RouteFamily, result: number): void {
  if (result < 0 && !GONE.includes(result))
    throw routeError('routes_refused', `cannot remove the ${part} for IPv${family}`, result);
}

function partOf(
  { family }: RouteFamily,
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

function ruleOf({ loopback, prefix }: RouteFamily, table: number): IpRule {
  return { from: loopback, prefix, iif: 'lo', table, protocol: HERALD };
}

export function routeOf({ loopback }: RouteFamily, table: number): NewRoute {
  const to = new Uint8Array(loopback.length);
  return { to, prefix: 0, type: RTN.LOCAL, table, index: LOOPBACK_INDEX, protocol: HERALD };
}

function rulesOf(
  netlink: Netlink,
  { family, loopback, prefix }: RouteFamily,
  table: number,
): readonly IpRule[] {
  const rules = listRules(netlink, family);
  if (typeof rules === 'number')
    throw routeError('routes_unreadable', `cannot read the rules of IPv${family}`, rules);
  return rules.filter(
    (rule) =>
      rule.table === table &&
      rule.iif === 'lo' &&
      rule.prefix === prefix &&
      // The kernel keeps 127.0.0.1/8 as 127.0.0.0/8: only the bytes of the prefix count.
      rule.from.subarray(0, prefix / 8).every((byte, at) => byte === loopback[at]),
  );
}

/** Throws if the table holds any other route: then another program uses it. */
function routesOf(netlink: Netlink, { family }: RouteFamily, table: number): readonly IpRoute[] {
  const routes = listRoutes(netlink, family, table);
  if (typeof routes === 'number')
    throw routeError('routes_unreadable', `cannot read the routes of IPv${family}`, routes);
  const ours = routes.filter(isEverywhere);
  if (ours.length < routes.length) {
    throw routeError(
      'table_taken',
      `table ${table} has routes of another program; choose another table with --table`,
    );
  }
  return ours;
}

/** Whether it is `local default dev lo`. */
export function isEverywhere({ type, prefix, index }: IpRoute): boolean {
  return type === RTN.LOCAL && prefix === 0 && index === LOOPBACK_INDEX;
}

/** Whether this host has the loopback address of the family. Without it no endpoint can listen there. */
export function hasLoopback(netlink: Netlink, { family, loopback }: RouteFamily): boolean {
  const routes = listRoutes(netlink, family, RT_TABLE_LOCAL);
  return (
    typeof routes !== 'number' &&
    routes.some(({ type, to }) => type === RTN.LOCAL && Buffer.compare(to, loopback) === 0)
  );
}

/** `result` is a negative errno. Says which capability is missing if that is the cause. */
export function routeError(code: string, what: string, result?: number): StartError {
  if (result === undefined) return new StartError(code, what);
  if (result === -ERRNO.EPERM) {
    return new StartError(
      'routes_denied',
      `${what}: permission denied. It needs CAP_NET_ADMIN in this network namespace; in a pod, an init container as UID 0 with capabilities.add: [NET_ADMIN]`,
    );
  }
  return new StartError(code, `${what}: ${errnoName(-result)}`);
}
