import { IP, type Namespace, NFT } from './namespace.ts';

/**
 * What takes the answers of pods to the transparent sockets of a node, without Herald: for trials of what it needs. `socket alone`: a
 * mark for packets of a transparent socket, and a table for the mark. `whole`: reverse lookups are left alone, connections are marked
 * as well as packets, and packets of a socket with `DIAL_MARK` never take a default route.
 */
export type TakeBack = 'socket alone' | 'whole';

export const DIAL_MARK = 0x3049;
const MARK = '0x3048';
const TABLE = 'trial';
const RULES: { readonly [kind in TakeBack]: readonly string[] } = {
  'socket alone': [`priority 100 fwmark ${MARK} lookup 124`],
  whole: [
    `priority 100 fwmark ${MARK} lookup 124`,
    `priority 99 iif lo fwmark ${MARK} lookup main`,
    `priority 98 iif lo fwmark ${DIAL_MARK} unreachable`,
    `priority 97 iif lo fwmark ${DIAL_MARK} lookup main suppress_prefixlength 0`,
  ],
};

export function takeBack(node: Namespace, kind: TakeBack): void {
  setTable(node, kind);
  forBoth(node, [
    'route add local default dev lo table 124',
    ...RULES[kind].map((rule) => `rule add ${rule}`),
  ]);
}

export function dropTakeBack(node: Namespace, kind: TakeBack): void {
  node.run(NFT.command, 'delete', 'table', 'inet', TABLE);
  forBoth(node, [
    'route del local default dev lo table 124',
    ...RULES[kind].map((rule) => `rule del ${rule}`),
  ]);
}

/** The part that nftables has, as after a flush of all rules. */
export function setTable(node: Namespace, kind: TakeBack): void {
  const byConnection = `ct direction reply ct mark ${MARK} meta mark set ${MARK} accept`;
  node.nft(`table inet ${TABLE} {
    chain prerouting {
      type filter hook prerouting priority mangle
      ${kind === 'whole' ? byConnection : ''}
      meta l4proto tcp socket transparent 1 meta mark set ${MARK} accept
    }
    chain output {
      type filter hook output priority mangle
      ${kind === 'whole' ? `meta l4proto tcp ct direction original ct mark 0 socket transparent 1 ct mark set ${MARK}` : ''}
    }
  }`);
}

/** For both families. */
function forBoth(node: Namespace, lines: readonly string[]): void {
  for (const family of ['-4', '-6']) {
    for (const line of lines) node.run(IP.command, family, ...line.split(' '));
  }
}
