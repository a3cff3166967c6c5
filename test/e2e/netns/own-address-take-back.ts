import { IP, type Namespace, NFT } from './namespace.ts';

/** What takes the answers of pods back to a transparent socket of the node, without Herald: for trials of what it needs. */
export interface TakeBack {
  readonly table: string;
  /** Packets with the mark that a lookup treats as the node's own (`iif lo`), such as the one for the way back to a source, use the main table. */
  readonly exemptsReverse: boolean;
  /** The priority of the rule; by default what the kernel chooses. */
  readonly priority?: number;
  /** Packets of these connections are not tracked. */
  readonly isUntracked?: boolean;
}

const MARK = '0x3048';

export function takeBack(node: Namespace, { exemptsReverse, priority, isUntracked, table }: TakeBack): void {
  node.nft(`table inet ${table} {
    chain prerouting {
      type filter hook prerouting priority mangle
      meta l4proto tcp socket transparent 1 meta mark set ${MARK} accept
    }
    ${isUntracked ? untracked() : ''}
  }`);
  const at = priority === undefined ? '' : `priority ${priority} `;
  const before = priority === undefined ? 'priority 90 ' : `priority ${priority - 1} `;
  each(node, [
    `rule add ${at}fwmark ${MARK} lookup 124`,
    'route add local default dev lo table 124',
    ...(exemptsReverse ? [`rule add ${before}iif lo fwmark ${MARK} lookup main`] : []),
  ]);
}

export function dropTakeBack(node: Namespace, { exemptsReverse, table }: TakeBack): void {
  node.run(NFT.command, 'delete', 'table', 'inet', table);
  each(node, [
    ...(exemptsReverse ? [`rule del iif lo fwmark ${MARK} lookup main`] : []),
    `rule del fwmark ${MARK} lookup 124`,
    'route del local default dev lo table 124',
  ]);
}

/** Both directions, before they are tracked. */
function untracked(): string {
  return ['prerouting', 'output']
    .map(
      (hook) =>
        `chain raw-${hook} { type filter hook ${hook} priority raw\n meta l4proto tcp socket transparent 1 notrack\n }`,
    )
    .join('\n');
}

/** For both families. */
function each(node: Namespace, lines: readonly string[]): void {
  for (const family of ['-4', '-6'])
    for (const line of lines) node.run(IP.command, family, ...line.split(' ').filter(Boolean));
}
