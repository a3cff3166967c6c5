import { familyOf } from '../../address/ip.ts';
import type { Slice } from './slice.ts';

/** Where a Service has ready endpoints, for each family: names of nodes; `anywhere` counts those without a node too. */
export interface ReadyNodes {
  readonly anywhere: boolean;
  readonly v4: ReadonlySet<string>;
  readonly v6: ReadonlySet<string>;
}

export const NOWHERE: ReadyNodes = { anywhere: false, v4: new Set(), v6: new Set() };

/** The slices of a Service → where it has ready endpoints. Pure. */
export function readReadyNodes(slices: Iterable<Slice>): ReadyNodes {
  const v4 = new Set<string>();
  const v6 = new Set<string>();
  let anywhere = false;
  for (const { endpoints } of slices) {
    for (const { ip, ready, node } of endpoints) {
      if (!ready) continue;
      anywhere = true;
      if (node !== null) (familyOf(ip) === 4 ? v4 : v6).add(node);
    }
  }
  return { anywhere, v4, v6 };
}

export function isSamePlace(a: ReadyNodes, b: ReadyNodes): boolean {
  return a.anywhere === b.anywhere && isSameSet(a.v4, b.v4) && isSameSet(a.v6, b.v6);
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each));
}
