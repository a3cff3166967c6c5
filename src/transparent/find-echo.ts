import { formatIp } from '../address/ip.ts';
import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';

/** A source of `--node-echo`, as it is now. */
export interface EchoState {
  readonly name: string;
  /** Addresses of this node alone, as they were written; else endpoints that say which node they are on. */
  readonly isFixed: boolean;
  readonly synced: boolean;
  readonly endpoints: readonly KnownEndpoint[];
}

/** Where an echo listens. */
export interface EchoEndpoint {
  readonly ip: Uint8Array;
  readonly port: number;
  /** As in the log: `10.1.0.5:8080`. */
  readonly text: string;
}

/** The echoes of this node for one family, or why there is none: one clause. `waits`: a source has not answered yet. */
export type FoundEchoes =
  | { readonly echoes: readonly [EchoEndpoint, ...EchoEndpoint[]] }
  | { readonly missing: string; readonly waits: boolean };

/** Which echoes this node dials to prove itself. `isOwn`: an address is one of this host. */
export function findEchoes(
  states: readonly EchoState[],
  family: 4 | 6,
  node: string | null,
  isOwn: (ip: Uint8Array) => boolean,
): FoundEchoes {
  const here = states.flatMap(({ isFixed, endpoints }) =>
    ofFamily(endpoints, family).filter((endpoint) => isFixed || (node !== null && endpoint.node === node)),
  );
  const ready = here.filter((endpoint) => endpoint.ready && !endpoint.terminating);
  const [first, ...others] = ready.filter(({ ip }) => !isOwn(ip));
  if (first !== undefined) return { echoes: [first, ...others] };
  const own = ready[0];
  if (own !== undefined) {
    const missing = `the echo ${own.text} has the address of this host (${formatIp(own.ip)}), but it has to be an ordinary pod`;
    return { missing, waits: false };
  }
  const silent = states.find(({ synced }) => !synced);
  if (silent !== undefined) return { missing: `${silent.name} has not answered yet`, waits: true };
  const names = [...new Set(states.map(({ name }) => name))].join(', ');
  // The name helps to find a wrong --node-name, whose node is none of those of the endpoints.
  const place = node === null ? 'on it' : `on it: none has its nodeName, ${node}`;
  const missing =
    here.length > 0
      ? `its echo is not ready (${names})`
      : `there is no echo with an IPv${family} address ${place} (${names})`;
  return { missing, waits: false };
}

/** Whether any node has an echo of the family. */
export function knowsEcho(states: readonly EchoState[], family: 4 | 6): boolean {
  return states.some(({ endpoints }) => ofFamily(endpoints, family).length > 0);
}

function ofFamily(endpoints: readonly KnownEndpoint[], family: 4 | 6): readonly KnownEndpoint[] {
  return endpoints.filter(({ ip }) => ip.length === (family === 4 ? 4 : 16));
}
