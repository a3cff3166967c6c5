import { readFileSync } from 'node:fs';
import type { ProcessOptions } from '../config/config.ts';
import type { GatewayOptions } from '../config/gateway-options.ts';

/** Ports that are never opened, and why: a clause. */
export type ReservedPorts = ReadonlyMap<number, string>;

/** Ports of a node that Kubernetes and etcd use, or hand out themselves. */
const OF_KUBERNETES: readonly (readonly [first: number, last: number, why: string])[] = [
  [2379, 2380, 'etcd uses it'],
  [6443, 6443, 'the API server of Kubernetes uses it'],
  [10_248, 10_259, 'components of Kubernetes use it'],
  [30_000, 32_767, 'it is in the range of NodePorts'],
];
/** The state LISTEN in /proc/net/tcp (include/net/tcp_states.h). */
const LISTEN = '0A';

/**
 * The ports of other programs of this machine, which only this instance does not open (G4). `ours`: ports that a predecessor of
 * this process has open, which look as if another program listened there.
 */
export function takenPorts(
  ours: ReadonlySet<number>,
  read: (path: string) => string | undefined = readText,
): ReservedPorts {
  const taken = new Map<number, string>();
  for (const path of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const port of listeningPorts(read(path) ?? '')) {
      if (!ours.has(port)) taken.set(port, 'another program listened on it when Herald started');
    }
  }
  return taken;
}

/** The ports that no instance opens for an object (G4). */
export function reservedPorts(
  options: Pick<ProcessOptions, 'metrics' | 'admin' | 'serviceHealth'>,
  { hopListen }: Pick<GatewayOptions, 'hopListen'>,
): ReservedPorts {
  const reserved = new Map<number, string>();
  for (const [first, last, why] of OF_KUBERNETES)
    for (let port = first; port <= last; port++) reserved.set(port, why);
  for (const key of ['metrics', 'admin', 'serviceHealth'] as const) {
    const { address } = options[key];
    if (address?.kind === 'tcp') reserved.set(address.port, "it is Herald's own");
  }
  if (hopListen !== null) reserved.set(hopListen.port, 'instances of this gateway hand over sessions there');
  return reserved;
}

/** The local ports of a table of the kernel (proc(5)) in the state LISTEN. */
export function listeningPorts(table: string): number[] {
  return table.split('\n').flatMap((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    const port = Number.parseInt(local?.split(':')[1] ?? '', 16);
    return state === LISTEN && port > 0 ? [port] : [];
  });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
