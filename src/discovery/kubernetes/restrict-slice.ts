import type { IpSet } from '../../address/ip-set.ts';
import { refuseOfSlice } from '../refuse-address.ts';
import { MAX_REFUSALS, type Slice, type SliceEndpoint, type SliceRefusal } from './slice.ts';

/**
 * Slices without the endpoints that lie outside of `--endpoint-cidrs`. Slices are shared by everybody who follows their
 * Service, and each may have CIDRs of its own. One slice always gives the same result, which is kept as long as it is.
 */
export function createRestriction(cidrs: IpSet | null): (slice: Slice) => Slice {
  if (cidrs === null) return (slice) => slice;
  const known = new WeakMap<Slice, Slice>();
  return (slice) => {
    const restricted = known.get(slice) ?? restrict(slice, cidrs);
    known.set(slice, restricted);
    return restricted;
  };
}

function restrict(slice: Slice, cidrs: IpSet): Slice {
  const endpoints: SliceEndpoint[] = [];
  const refusals: SliceRefusal[] = [...slice.refusals];
  for (const endpoint of slice.endpoints) {
    const why = refuseOfSlice(endpoint.ip, cidrs);
    if (why === null) endpoints.push(endpoint);
    else if (refusals.length < MAX_REFUSALS) refusals.push({ address: endpoint.ipText, why });
  }
  return { ...slice, endpoints, refusals };
}
