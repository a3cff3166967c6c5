import { ERRNO } from '../linux/errno.ts';
import { addRoute, deleteRoute, listRoutes } from '../linux/ip-route.ts';
import {
  addMarkRule,
  deleteMarkRule,
  type FoundMarkRule,
  isSameRule,
  listMarkRules,
  markRuleText,
} from '../linux/mark-rule.ts';
import type { Netlink } from '../linux/netlink.ts';
import { StartError } from '../plan/start-error.ts';
import { markTaken, type NodeRouteSettings, type NodeRule, nodeRules } from './node-rules.ts';
import { NodeTable } from './node-table.ts';
import {
  GONE,
  HERALD,
  hasLoopback,
  isEverywhere,
  openNetlink,
  ROUTE_FAMILIES,
  type RouteFamily,
  type RoutePart,
  routeError,
  routeOf,
} from './transparent-routes.ts';

/** The routing table that leads to the transparent sockets of this node. */
export const NODE_TABLE = 124;

/** One part of what leads the answers of ordinary pods to the transparent sockets of this node. */
export interface NodeRoutePart {
  /** Null: one for both. */
  readonly family: 4 | 6 | null;
  readonly part: 'nftables' | 'rule' | 'route';
  readonly text: string;
  /** What it is for, in plain words. */
  readonly purpose: string;
  /**
   * As of `RoutePart`, and: `taken`: its name, number or mark is used for something else. `unreadable`: this process has no
   * CAP_NET_ADMIN. `unsupported`: this kernel lacks nftables.
   */
  readonly state: RoutePart['state'] | 'taken' | 'unreadable' | 'unsupported';
  /** What uses it, if it is taken. */
  readonly why?: string;
}

/** What adds and removes a part. Errors of the kernel are `StartError`s. */
interface Change {
  add(): void;
  remove(): void;
}

interface Step extends Change {
  readonly part: NodeRoutePart;
}

/** Reads, adds and removes the node routes of this network namespace. Errors of the kernel are `StartError`s. */
export class NodeRoutes {
  readonly #netlink: Netlink = openNetlink('herald routes');
  readonly #table: NodeTable;
  readonly #settings: NodeRouteSettings;

  constructor(settings: NodeRouteSettings) {
    this.#settings = settings;
    this.#table = new NodeTable(settings.guardPort);
  }

  /** The parts, in the order in which packets meet them. */
  read(): readonly NodeRoutePart[] {
    const rank = ({ family, part, text }: NodeRoutePart) => `${family ?? 0} ${part === 'route'} ${text}`;
    return this.#steps()
      .map(({ part }) => part)
      .sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
  }

  /** Adds what is missing. Throws before it adds anything if something is taken, or cannot be had here. */
  set(): void {
    const steps = this.#steps();
    for (const { part } of steps) {
      if (part.state === 'taken') throw new StartError('routes_taken', part.why!);
      if (part.state === 'unavailable' && part.family === 4)
        throw routeError('loopback_down', 'the interface lo is down');
      // Whether it can be added is what the kernel says of the attempt.
      if (part.state === 'unreadable' || part.state === 'unsupported') this.#table.add();
    }
    addAll(steps.filter(({ part }) => part.state === 'missing'));
  }

  /** Adds what is missing, whatever the state of the rest. Returns what it added, and what is taken. */
  repair(): readonly NodeRoutePart[] {
    return this.#steps()
      .filter((step) => {
        if (step.part.state === 'missing') step.add();
        return step.part.state === 'missing' || step.part.state === 'taken';
      })
      .map(({ part }) => part);
  }

  /** Removes Herald's own parts, and nothing else. */
  remove(): void {
    for (const step of this.#steps().toReversed()) if (step.part.state === 'herald') step.remove();
  }

  close(): void {
    this.#table.close();
    this.#netlink.close();
  }

  /** In the order in which they are added: packets are marked only when everything for them is there. */
  #steps(): readonly Step[] {
    return [...ROUTE_FAMILIES.flatMap((family) => this.#familySteps(family)), this.#tableStep()];
  }

  #tableStep(): Step {
    const { text, purpose } = this.#table;
    const read = this.#table.read();
    const why =
      'the table inet herald-routes of nftables is of another program, of another --guard, or of another version of Herald; "nft list table inet herald-routes" shows it';
    const part = { family: null, part: 'nftables', text, purpose } as const;
    return {
      part:
        read === 'other'
          ? { ...part, state: 'taken', why }
          : { ...part, state: read === 'same' ? 'herald' : read },
      add: () => this.#table.add(),
      remove: () => this.#table.remove(),
    };
  }

  #familySteps(family: RouteFamily): readonly Step[] {
    const there = hasLoopback(this.#netlink, family);
    const rules = this.#rules(family, there);
    const [dial, refuse, skip, lookUp, land] = nodeRules(family.family, this.#settings.table).map((rule) =>
      this.#ruleStep(rule, rules, there),
    );
    return [this.#routeStep(family, there), land!, skip!, lookUp!, dial!, refuse!];
  }

  /** Also without loopback: what was set while it was there is still to be removed. */
  #rules({ family }: RouteFamily, there: boolean): readonly FoundMarkRule[] {
    const rules = listMarkRules(this.#netlink, family);
    if (typeof rules !== 'number') return rules;
    if (!there) return [];
    throw routeError('routes_unreadable', `cannot read the rules of IPv${family}`, rules);
  }

  #ruleStep({ rule, purpose }: NodeRule, rules: readonly FoundMarkRule[], there: boolean): Step {
    const { family, mark, action } = rule;
    const why = action === 'lookup' ? markTaken(rules, family, this.#settings.table, mark!) : undefined;
    const same = rules.filter((each) => isSameRule(each, rule));
    const part = { family, part: 'rule', text: markRuleText(rule), purpose } as const;
    const what = `the rule for IPv${family}`;
    return {
      part: why === undefined ? { ...part, state: stateOf(there, same) } : { ...part, state: 'taken', why },
      add: () => added(what, addMarkRule(this.#netlink, rule)),
      remove: () => removed(what, deleteMarkRule(this.#netlink, rule)),
    };
  }

  #routeStep(family: RouteFamily, there: boolean): Step {
    const { table } = this.#settings;
    const found = listRoutes(this.#netlink, family.family, table);
    if (typeof found === 'number' && there)
      throw routeError('routes_unreadable', `cannot read the routes of IPv${family.family}`, found);
    const routes = typeof found === 'number' ? [] : found;
    const text = `local ${family.everywhere} dev lo table ${table}`;
    const purpose = 'answers of pods are delivered on this node';
    const part = { family: family.family, part: 'route', text, purpose } as const;
    const why = `table ${table} has routes of another program; choose another table with --table`;
    const route = routeOf(family, table);
    const what = `the route for IPv${family.family}`;
    return {
      part: routes.every(isEverywhere)
        ? { ...part, state: stateOf(there, routes) }
        : { ...part, state: 'taken', why },
      add: () => added(what, addRoute(this.#netlink, route)),
      remove: () => removed(what, deleteRoute(this.#netlink, route)),
    };
  }
}

/** Adds all, or nothing: if one fails, those before it are removed again. */
export function addAll(changes: readonly Change[]): void {
  for (const [at, change] of changes.entries()) {
    try {
      change.add();
    } catch (error) {
      for (const before of changes.slice(0, at).toReversed()) before.remove();
      throw error;
    }
  }
}

function stateOf(there: boolean, found: readonly { readonly protocol: number }[]): RoutePart['state'] {
  if (found.some(({ protocol }) => protocol === HERALD)) return 'herald';
  if (found.length > 0) return 'other';
  return there ? 'missing' : 'unavailable';
}

function added(what: string, result: number): void {
  // EEXIST: another process has added it in the meantime.
  if (result < 0 && result !== -ERRNO.EEXIST)
    throw routeError('routes_refused', `cannot add ${what}`, result);
}

function removed(what: string, result: number): void {
  if (result < 0 && !GONE.includes(result))
    throw routeError('routes_refused', `cannot remove ${what}`, result);
}
