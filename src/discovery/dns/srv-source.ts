import type { SrvRecord } from 'node:dns';
import { formatIp } from '../../address/ip.ts';
import type { IpSet } from '../../address/ip-set.ts';
import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../../endpoints/known-endpoint.ts';
import type { FamilyChoice } from '../address-rules.ts';
import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import { plainEndpoint, sortEndpoints } from '../known-endpoints.ts';
import { listSome } from '../quote-text.ts';
import { type Chosen, chooseAddresses } from './choose-addresses.ts';
import type { DnsFailureCode } from './name-resolver.ts';
import { createNameResolver, type ResolverParts } from './name-resolver.ts';
import { createPolledSource, type Poll } from './polled-source.ts';

export interface SrvSourceOptions {
  /** As configured: `srv:_http._tcp.web.example`. */
  readonly name: string;
  readonly service: string;
  readonly family: FamilyChoice;
  /** `--endpoint-cidrs`: the ranges that endpoints must be in; null: any. */
  readonly cidrs: IpSet | null;
  readonly clock?: DiscoveryClock;
  readonly random?: () => number;
  readonly parts?: ResolverParts;
}

const EVERY_MS = 30_000;
/** Hosts that are resolved at the same time. */
const AT_ONCE = 16;

/**
 * The hosts and ports of an SRV record (RFC 2782), queried every 30 s. Each endpoint has the priority and the weight of its
 * record: the pool follows them.
 */
export function createSrvSource(options: SrvSourceOptions): EndpointSource {
  const { name, service, family, cidrs } = options;
  const { clock = realClock, random = Math.random, parts } = options;
  const resolver = createNameResolver(parts);
  /** The last addresses of each host, used while it cannot be resolved. */
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
      return {
        failed: records.failed,
        message: `cannot resolve the SRV record ${service} (${records.failed})`,
      };
    const real = realRecords(records);
    const hosts = [...new Set(real.map((record) => record.name))];
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
        message: `no host of the SRV record ${service} resolves (${first ?? 'it names no host'})`,
      };
    return { ...endpointsOf(real, chosen), againMs: EVERY_MS };
  }

  return createPolledSource({ name, poll, cancel: resolver.cancel, clock, random });
}

/** A record whose host is only a dot means that the service is not available (RFC 2782). */
function realRecords(records: readonly SrvRecord[]): readonly SrvRecord[] {
  return records.filter(({ name, port }) => name !== '' && name !== '.' && port > 0);
}

function endpointsOf(records: readonly SrvRecord[], chosen: ReadonlyMap<string, Chosen>) {
  const endpoints = new Map<string, KnownEndpoint>();
  // The order of an answer changes. Of two records for one address the lower priority counts, then the higher weight.
  const ordered = records.toSorted(
    (a, b) => a.priority - b.priority || b.weight - a.weight || (a.name < b.name ? -1 : 1),
  );
  for (const { name: host, port, priority, weight } of ordered) {
    for (const ip of chosen.get(host)?.toDial ?? []) {
      const endpoint = { ...plainEndpoint(ip, port), record: { host, priority, weight } };
      if (!endpoints.has(endpoint.text)) endpoints.set(endpoint.text, endpoint);
    }
  }
  const all = [...chosen.values()];
  const addresses = new Map(all.flatMap((each) => each.all.map((ip) => [formatIp(ip), ip] as const)));
  const refused = all.flatMap((each) => each.refused).sort();
  return {
    endpoints: sortEndpoints([...endpoints.values()]),
    addresses: [...addresses.values()].sort(Buffer.compare),
    refused: refused.length === 0 ? null : listSome(refused),
  };
}
