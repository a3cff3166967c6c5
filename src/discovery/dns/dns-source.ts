import type { IpSet } from '../../address/ip-set.ts';
import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import type { FamilyChoice } from '../address-rules.ts';
import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import { plainEndpoint, sortEndpoints } from '../known-endpoints.ts';
import { listSome } from '../quote-text.ts';
import { chooseAddresses } from './choose-addresses.ts';
import { createNameResolver, type ResolvedNames, type ResolverParts } from './name-resolver.ts';
import { createPolledSource, type Poll } from './polled-source.ts';

export interface DnsSourceOptions {
  /** As configured: `dns:web.example:80`. */
  readonly name: string;
  readonly host: string;
  /** null if only addresses are needed (`--trust`). */
  readonly port: number | null;
  readonly family: FamilyChoice;
  /** `--endpoint-cidrs`: the ranges that endpoints must be in; null: any. */
  readonly cidrs: IpSet | null;
  readonly clock?: DiscoveryClock;
  readonly random?: () => number;
  readonly parts?: ResolverParts;
}

/** Bounds for the TTL: 0 must not cause a busy loop, and a week must not mean a week of outdated endpoints. */
const LEAST_SECONDS = 1;
const MOST_SECONDS = 300;

/**
 * The addresses of a name, resolved again whenever their TTL has expired. If the name no longer has any, the last ones
 * are kept: a name server that has lost its zone must not take a service down.
 */
export function createDnsSource(options: DnsSourceOptions): EndpointSource {
  const { name, host, port, family, cidrs } = options;
  const { clock = realClock, random = Math.random, parts } = options;
  const resolver = createNameResolver(parts);
  let last: readonly [v4: ResolvedNames | null, v6: ResolvedNames | null] = [null, null];

  async function poll(): Promise<Poll> {
    const { v4, v6 } = await resolver.host(host, family);
    if (!('ips' in v4) && !('ips' in v6)) {
      const failed = v4.failed === 'not_found' ? v6.failed : v4.failed;
      return { failed, message: `cannot resolve ${host} (${failed})` };
    }
    // If one family could not be resolved, its last addresses are kept; if it no longer exists, they are dropped.
    const keep = (now: typeof v4, before: ResolvedNames | null) =>
      'ips' in now ? now : now.failed === 'not_found' ? null : before;
    last = [keep(v4, last[0]), keep(v6, last[1])];
    const found = last.filter((each) => each !== null);
    const { toDial, all, refused } = chooseAddresses(found, family, cidrs);
    const seconds = Math.min(...found.map(({ ttlSeconds }) => ttlSeconds));
    return {
      endpoints: port === null ? [] : sortEndpoints(toDial.map((ip) => plainEndpoint(ip, port))),
      addresses: all.toSorted(Buffer.compare),
      againMs: 1000 * Math.min(Math.max(seconds, LEAST_SECONDS), MOST_SECONDS),
      refused: refused.length === 0 ? null : listSome(refused),
    };
  }

  return createPolledSource({ name, poll, cancel: resolver.cancel, clock, random });
}
