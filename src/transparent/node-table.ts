import { ERRNO } from '../linux/errno.ts';
import { NETLINK, Netlink } from '../linux/netlink.ts';
import {
  isForTransparentSocket,
  isOfConnection,
  isTcp,
  isToPort,
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
import { routeError } from './transparent-routes.ts';

const NAME = 'herald-routes';
/** Priorities of nftables: `mangle` is before the kernel looks for a route, and behind connection tracking; `filter` is 0. */
const MANGLE = -150;
const FILTER = 0;

/** Errors of a kernel, or of a namespace, that has no nftables. */
const UNSUPPORTED: readonly number[] = [-ERRNO.EINVAL, -ERRNO.EOPNOTSUPP, -ERRNO.EPROTONOSUPPORT];

/** What there is under the name of the table, and why that cannot be known. */
export type NodeTableState = NfTableState | 'unreadable' | 'unsupported';

/**
 * The table `inet herald-routes`: marks packets for transparent sockets, and drops what pods of this node send to a port. Connections of
 * such sockets are marked too: what a pod has sent before it learns of a reset finds no socket, and would leave the node.
 */
export class NodeTable {
  readonly text: string;
  readonly #table: NfTable;
  /** Null: this kernel has no netlink for nftables. */
  readonly #netlink: Netlink | null;

  constructor(mark: number, guardPort: number | null) {
    const guard = guardPort === null ? '' : `; forwarded tcp dport ${guardPort} drop`;
    this.text = `table inet ${NAME}: tcp socket transparent 1 mark and ct mark set 0x${mark.toString(16)}${guard}`;
    this.#table = tableOf(mark, guardPort);
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

function tableOf(mark: number, guardPort: number | null): NfTable {
  const answers = {
    name: 'answers',
    hook: NF_HOOK.PREROUTING,
    priority: MANGLE,
    rules: [
      [...isOfConnection('reply', mark), ...setMark(mark), verdict('ACCEPT')],
      // What is not tracked, and what was dialed while this table was absent.
      [...isTcp(), ...isForTransparentSocket(), ...setMark(mark), verdict('ACCEPT')],
    ],
  };
  const dials = {
    name: 'dials',
    hook: NF_HOOK.OUTPUT,
    priority: MANGLE,
    // A mark of somebody else stays.
    rules: [
      [...isTcp(), ...isOfConnection('original', 0), ...isForTransparentSocket(), ...setConnectionMark(mark)],
    ],
  };
  if (guardPort === null) return { name: NAME, chains: [answers, dials] };
  const rules = [[...isTcp(), ...isToPort(guardPort), verdict('DROP')]];
  return {
    name: NAME,
    chains: [answers, dials, { name: 'guard', hook: NF_HOOK.FORWARD, priority: FILTER, rules }],
  };
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
      'the nftables of this kernel cannot find transparent sockets or connections: it needs the modules nft_socket (CONFIG_NFT_SOCKET) and nft_ct (CONFIG_NFT_CT)',
    );
  }
  return routeError('routes_refused', `cannot add the table inet ${NAME}`, result);
}
