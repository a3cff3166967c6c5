import type { IpSet } from '../../address/ip-set.ts';
import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import type { FamilyChoice } from '../family.ts';
import { realFiles } from '../files.ts';
import { plainEndpoint } from '../plain-endpoint.ts';
import { shownSome } from '../shown.ts';
import { sortEndpoints } from '../sort-endpoints.ts';
import { chooseAddresses } from './choose-addresses.ts';
import { createNameResolver, type ResolvedNames, type ResolverParts, systemLookup } from './name-resolver.ts';
import { createPolledSource, type Poll } from './polled-source.ts';

export interface DnsSourceOptions {
  /** As it was written: `dns:web.example:80`. */
  readonly name: string;
  readonly host: string;
  /** null where only addresses are asked for (`--trust`). */
  readonly port: number | null;
  readonly family: FamilyChoice;
  /** `--endpoint-cidrs`: what endpoints must lie in; null: anywhere. */
  readonly cidrs: IpSet | null;
  readonly clock?: DiscoveryClock;
  readonly random?: () => number;
  readonly parts?: ResolverParts;
}

export const SYSTEM: ResolverParts = { files: realFiles, servers: null, lookup: systemLookup };

/** A time to live of 0 must not become a loop, one of a week not a week of wrong endpoints. */
const LEAST_SECONDS = 1;
const MOST_SECONDS = 300;

/**
 * The addresses of a name, asked again whenever their time to live has passed. A name that has none any more keeps
 * what it had last: a name server that lost its zone must not take a service down.
 */
export function createDnsSource(options: DnsSourceOptions): EndpointSource {
  const { name, host, port, family, cidrs } = options;
  const { clock = realClock, random = Math.random, parts = SYSTEM } = options;
  const resolver = createNameResolver(parts);
  let last: readonly [v4: ResolvedNames | null, v6: ResolvedNames | null] = [null, null];

  async function poll(): Promise<Poll> {
    const { v4, v6 } = await resolver.host(host, family);
    if (!('ips' in v4) && !('ips' in v6)) {
      const failed = v4.failed === 'not_found' ? v6.failed : v4.failed;
      return { failed, message: `no address of ${host} can be had: ${failed}` };
    }
    // Of the family that was not answered for, the last answer goes on; of one that is gone, nothing.
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
      refused: refused.length === 0 ? null : shownSome(refused),
    };
  }

  return createPolledSource({ name, poll, cancel: resolver.cancel, clock, random });
}
