import type { SrvRecord } from 'node:dns';
import { formatIp } from '../../address/ip.ts';
import type { IpSet } from '../../address/ip-set.ts';
import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../../endpoints/known-endpoint.ts';
import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import type { FamilyChoice } from '../family.ts';
import { plainEndpoint } from '../plain-endpoint.ts';
import { shownSome } from '../shown.ts';
import { sortEndpoints } from '../sort-endpoints.ts';
import { type Chosen, chooseAddresses } from './choose-addresses.ts';
import type { DnsFailureCode } from './dns-failure.ts';
import { SYSTEM } from './dns-source.ts';
import { createNameResolver, type ResolverParts } from './name-resolver.ts';
import { createPolledSource, type Poll } from './polled-source.ts';

export interface SrvSourceOptions {
  /** As it was written: `srv:_http._tcp.web.example`. */
  readonly name: string;
  readonly service: string;
  readonly family: FamilyChoice;
  /** `--endpoint-cidrs`: what endpoints must lie in; null: anywhere. */
  readonly cidrs: IpSet | null;
  readonly clock?: DiscoveryClock;
  readonly random?: () => number;
  readonly parts?: ResolverParts;
}

const EVERY_MS = 30_000;
/** Hosts that are asked for at the same time. */
const AT_ONCE = 16;

/**
 * The hosts and ports of an SRV record (RFC 2782), asked every 30 s. Only the lowest priority counts: the others are
 * for clients that can't reach those. Weights are not followed: how load is spread is the pool's to say.
 */
export function createSrvSource(options: SrvSourceOptions): EndpointSource {
  const { name, service, family, cidrs } = options;
  const { clock = realClock, random = Math.random, parts = SYSTEM } = options;
  const resolver = createNameResolver(parts);
  /** What each host had last, for when it is not answered for. */
  let known: ReadonlyMap<string, Chosen> = new Map();

  async function ask(host: string): Promise<Chosen | DnsFailureCode> {
    const { v4, v6 } = await resolver.host(`${host}.`, family);
    const found = [v4, v6].flatMap((each) => ('ips' in each ? [each] : []));
    if (found.length > 0) return chooseAddresses(found, family, cidrs);
    const failed = [v4, v6].flatMap((each) => ('failed' in each ? [each.failed] : []));
    return known.get(host) ?? failed.find((code) => code !== 'not_found') ?? 'not_found';
  }

  async function poll(): Promise<Poll> {
    const records = await resolver.srv(service);
    if ('failed' in records)
      return { failed: records.failed, message: `no record of ${service} can be had: ${records.failed}` };
    const best = ofLowestPriority(records);
    const hosts = [...new Set(best.map((record) => record.name))];
    const chosen = new Map<string, Chosen>();
    const failed: DnsFailureCode[] = [];
    for (let at = 0; at < hosts.length; at += AT_ONCE) {
      const some = hosts.slice(at, at + AT_ONCE);
      for (const [index, answer] of (await Promise.all(some.map(ask))).entries())
        if (typeof answer === 'string') failed.push(answer);
        else chosen.set(some[index]!, answer);
    }
    known = chosen;
    const [first] = failed;
    if (chosen.size === 0)
      return {
        failed: first ?? 'not_found',
        message: `no host of ${service} has an address: ${first ?? 'none'}`,
      };
    return { ...endpointsOf(best, chosen), againMs: EVERY_MS };
  }

  return createPolledSource({ name, poll, cancel: resolver.cancel, clock, random });
}

/** A host that is but a dot means that there is no such service here (RFC 2782). */
function ofLowestPriority(records: readonly SrvRecord[]): readonly SrvRecord[] {
  const real = records.filter(({ name, port }) => name !== '' && name !== '.' && port > 0);
  const lowest = Math.min(...real.map(({ priority }) => priority));
  return real.filter(({ priority }) => priority === lowest);
}

function endpointsOf(records: readonly SrvRecord[], chosen: ReadonlyMap<string, Chosen>) {
  const endpoints = new Map<string, KnownEndpoint>();
  for (const { name, port } of records) {
    for (const ip of chosen.get(name)?.toDial ?? []) {
      const endpoint = plainEndpoint(ip, port);
      endpoints.set(endpoint.text, endpoint);
    }
  }
  const all = [...chosen.values()];
  const addresses = new Map(all.flatMap((each) => each.all.map((ip) => [formatIp(ip), ip] as const)));
  const refused = all.flatMap((each) => each.refused).sort();
  return {
    endpoints: sortEndpoints([...endpoints.values()]),
    addresses: [...addresses.values()].sort(Buffer.compare),
    refused: refused.length === 0 ? null : shownSome(refused),
  };
}
