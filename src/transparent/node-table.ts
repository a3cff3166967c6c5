import { ERRNO } from '../linux/errno.ts';
import { NETLINK, Netlink } from '../linux/netlink.ts';
import {
  isForTransparentSocket,
  isOfConnectionMark,
  isOfDirection,
  isTcp,
  isToPort,
  type NfExpression,
  setConnectionMark,
  setMark,
  verdict,
} from '../linux/nf-expressions.ts';
import {
  addTable,
  deleteTable,
  NF_HOOK,
  type NfTable,
  type NfTableState,
  readTable,
} from '../linux/nf-tables.ts';
import type { StartError } from '../plan/start-error.ts';
import { NODE_MARK } from './node-rules.ts';
import { routeError } from './transparent-routes.ts';

const NAME = 'herald-routes';
/** Priorities of nftables: `mangle` is before the kernel looks for a route, and behind connection tracking; `filter` is 0. */
const MANGLE = -150;
const FILTER = 0;

/** Errors of a kernel, or of a namespace, that has no nftables. */
const UNSUPPORTED: readonly number[] = [-ERRNO.EINVAL, -ERRNO.EOPNOTSUPP, -ERRNO.EPROTONOSUPPORT];

/** What there is under the name of the table, and why that cannot be known. */
export type NodeTableState = NfTableState | 'unreadable' | 'unsupported';

/** The table `inet herald-routes`: marks what comes back to transparent sockets, and drops what pods of this node send to a port. */
export class NodeTable {
  readonly text = `table inet ${NAME}`;
  /** In plain words. */
  readonly purpose: string;
  readonly #table: NfTable;
  /** Null: this kernel has no netlink for nftables. */
  readonly #netlink: Netlink | null;

  constructor(guardPort: number | null) {
    const guard = guardPort === null ? '' : `; drops forwarded TCP to port ${guardPort}`;
    this.purpose = `answers to Herald, also of connections that it has ended, get the mark 0x${NODE_MARK.toString(16)}${guard}`;
    this.#table = tableOf(guardPort);
    this.#netlink = openOrNull();
  }

  /** Throws a `StartError` if the kernel gives an unknown error. */
  read(): NodeTableState {
    if (this.#netlink === null) return 'unsupported';
    return tableState(readTable(this.#netlink, this.#table));
  }

  /** Adds it where there is none. Throws a `StartError` that says what is missing. */
  add(): void {
    const result = this.#netlink === null ? -ERRNO.EPROTONOSUPPORT : addTable(this.#netlink, this.#table);
    // EEXIST: another process has added one of this name in the meantime; the next reading says what it is.
    if (result < 0 && result !== -ERRNO.EEXIST) throw addError(result);
  }

  /** Removes it if it is exactly this one. */
  remove(): void {
    if (this.#netlink === null) return;
    const result = deleteTable(this.#netlink, this.#table);
    if (typeof result === 'number' && !UNSUPPORTED.includes(result))
      throw routeError('routes_refused', `cannot remove the table inet ${NAME}`, result);
  }

  close(): void {
    this.#netlink?.close();
  }
}

/** No bit of other programs' marks of connections is changed: one that has a mark is left alone. */
const DIALS: readonly NfExpression[] = [
  ...[...isTcp(), ...isOfDirection('original'), ...isOfConnectionMark(0)],
  ...[...isForTransparentSocket(), ...setConnectionMark(NODE_MARK)],
];

/**
 * What a pod sends after Herald has reset a session, or given up a dial, finds no socket. It would leave the node as an answer to the
 * client. Its connection is known, though: it is delivered here, and the kernel answers with a reset. The second rule is for connections
 * that have a mark of another program, or that nobody tracks.
 */
const ANSWERS: readonly (readonly NfExpression[])[] = [
  [
    ...[...isOfDirection('reply'), ...isOfConnectionMark(NODE_MARK)],
    ...[...setMark(NODE_MARK), verdict('ACCEPT')],
  ],
  [...isTcp(), ...isForTransparentSocket(), ...setMark(NODE_MARK), verdict('ACCEPT')],
];

function tableOf(guardPort: number | null): NfTable {
  const marking = [
    { name: 'dials', hook: NF_HOOK.OUTPUT, priority: MANGLE, rules: [DIALS] },
    { name: 'answers', hook: NF_HOOK.PREROUTING, priority: MANGLE, rules: ANSWERS },
  ];
  if (guardPort === null) return { name: NAME, chains: marking };
  const rules = [[...isTcp(), ...isToPort(guardPort), verdict('DROP')]];
  const guard = { name: 'guard', hook: NF_HOOK.FORWARD, priority: FILTER, rules };
  return { name: NAME, chains: [...marking, guard] };
}

function openOrNull(): Netlink | null {
  try {
    return new Netlink(NETLINK.NETFILTER);
  } catch {
    return null;
  }
}

/** What a reading means. Throws a `StartError` for an error that has no state. */
export function tableState(read: NfTableState | number): NodeTableState {
  if (typeof read !== 'number') return read;
  if (read === -ERRNO.EPERM) return 'unreadable';
  if (UNSUPPORTED.includes(read)) return 'unsupported';
  throw routeError('routes_unreadable', 'cannot read the tables of nftables', read);
}

/** Why the table could not be added, of a negative errno. */
export function addError(result: number): StartError {
  if (UNSUPPORTED.includes(result)) {
    return routeError(
      'nftables_missing',
      'this kernel has no nftables: it needs the module nf_tables (CONFIG_NF_TABLES, CONFIG_NF_TABLES_INET)',
    );
  }
  // The kernel looks for the module of an expression when a rule with it is added.
  if (result === -ERRNO.ENOENT) {
    return routeError(
      'nftables_missing',
      'the nftables of this kernel cannot find transparent sockets or their connections: it needs the modules nft_socket and nft_ct (CONFIG_NFT_SOCKET, CONFIG_NFT_CT)',
    );
  }
  return routeError('routes_refused', `cannot add the table inet ${NAME}`, result);
}
