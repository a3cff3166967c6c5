import type { SrvRecord } from 'node:dns';
import { lookup as hostLookup, Resolver } from 'node:dns/promises';
import { parseIp } from '../../address/ip.ts';
import type { FamilyChoice } from '../address-rules.ts';
import { type Files, realFiles } from '../files.ts';
import { namesToAsk, parseResolverFile, type ResolverFile } from './resolver-file.ts';

/** Why a name was not resolved. A closed set, because it is a metric label. */
export type DnsFailureCode =
  | 'not_found' // the name does not exist, or has no address
  | 'server_failed' // SERVFAIL
  | 'refused' // REFUSED
  | 'timeout'
  | 'unreachable' // no name server can be reached
  | 'bad_answer'; // anything else

export interface DnsFailure {
  readonly failed: DnsFailureCode;
}

/** The addresses of one family, at least one. */
export interface ResolvedNames {
  readonly ips: readonly Uint8Array[];
  /** The smallest TTL among them. */
  readonly ttlSeconds: number;
}

/** The result for each family: addresses, none (`not_found`), or another failure. */
export interface HostAnswer {
  readonly v4: ResolvedNames | DnsFailure;
  readonly v6: ResolvedNames | DnsFailure;
}

/** Resolves names as /etc/resolv.conf specifies. Never rejects. */
export interface NameResolver {
  /** A family that `family` excludes is not queried, so a name server that mishandles AAAA does not affect `4`. */
  host(host: string, family: FamilyChoice): Promise<HostAnswer>;
  srv(name: string): Promise<readonly SrvRecord[] | DnsFailure>;
  /** Cancels the queries that are running. */
  cancel(): void;
}

/** The parts of the machine that are used; tests replace them. */
export interface ResolverParts {
  readonly files: Files;
  /** `1.2.3.4:53`; null: those of /etc/resolv.conf. */
  readonly servers: readonly string[] | null;
  readonly lookup: (host: string) => Promise<readonly { readonly address: string }[]>;
}

const SYSTEM: ResolverParts = {
  files: realFiles,
  servers: null,
  lookup: (host) => hostLookup(host, { all: true }),
};

const FILE = '/etc/resolv.conf';
/** /etc/hosts has no TTL and seldom changes. */
const HOSTS_TTL_SECONDS = 30;
const NOT_FOUND: DnsFailure = { failed: 'not_found' };

export function createNameResolver({ files, servers, lookup }: ResolverParts = SYSTEM): NameResolver {
  let resolver: Resolver | null = null;
  let file: ResolverFile = parseResolverFile('');
  let text: string | undefined;

  /** Node's resolver reads its name servers only once, so a changed file needs a new resolver. */
  function current(): Resolver {
    const now = files.read(FILE) ?? text ?? '';
    if (resolver !== null && now === text) return resolver;
    resolver?.cancel();
    text = now;
    file = parseResolverFile(now);
    resolver = new Resolver({ timeout: file.timeoutMs, tries: file.attempts });
    if (servers !== null) resolver.setServers(servers);
    return resolver;
  }

  async function ofFamily(length: 4 | 6, name: string, dns: Resolver): Promise<ResolvedNames | DnsFailure> {
    try {
      const ask = length === 4 ? dns.resolve4(name, { ttl: true }) : dns.resolve6(name, { ttl: true });
      const records = await ask;
      const ips = records.flatMap(({ address }) => parseIp(address) ?? []);
      if (ips.length === 0) return NOT_FOUND;
      // Node returns a TTL for the first 256 addresses only.
      const ttls = records.flatMap(({ ttl }) => ttl ?? []);
      return { ips, ttlSeconds: Math.min(...ttls) };
    } catch (error) {
      return dnsFailure(error);
    }
  }

  /** The answer for the first name of the search list that has one; else the most serious failure. */
  async function search(host: string, family: FamilyChoice): Promise<HostAnswer> {
    const dns = current();
    let last: HostAnswer = { v4: NOT_FOUND, v6: NOT_FOUND };
    for (const name of namesToAsk(host, file)) {
      const [v4, v6] = await Promise.all([
        family === 6 ? NOT_FOUND : ofFamily(4, name, dns),
        family === 4 ? NOT_FOUND : ofFamily(6, name, dns),
      ]);
      if ('ips' in v4 || 'ips' in v6) return { v4, v6 };
      last = { v4: worse(last.v4, v4), v6: worse(last.v6, v6) };
      // As in the C library: a server that failed for one name may answer for the next, one that is unreachable will not.
      if (![v4, v6].every(({ failed }) => failed === 'not_found' || failed === 'server_failed')) break;
    }
    return last;
  }

  /** /etc/hosts, and whatever else the C library is configured to use. */
  async function fromHosts(host: string, family: FamilyChoice): Promise<HostAnswer | null> {
    try {
      const ips = (await lookup(host)).flatMap(({ address }) => parseIp(address) ?? []);
      const of = (length: number): ResolvedNames | DnsFailure => {
        const some = ips.filter((ip) => ip.length === length);
        return some.length === 0 ? NOT_FOUND : { ips: some, ttlSeconds: HOSTS_TTL_SECONDS };
      };
      const answer = { v4: family === 6 ? NOT_FOUND : of(4), v6: family === 4 ? NOT_FOUND : of(16) };
      return 'ips' in answer.v4 || 'ips' in answer.v6 ? answer : null;
    } catch {
      return null;
    }
  }

  return {
    async host(host, family) {
      const answer = await search(host, family);
      if ('ips' in answer.v4 || 'ips' in answer.v6) return answer;
      return (await fromHosts(host.replace(/\.$/, ''), family)) ?? answer;
    },
    async srv(name) {
      const dns = current();
      let last = NOT_FOUND;
      for (const each of namesToAsk(name, file)) {
        try {
          return await dns.resolveSrv(each);
        } catch (error) {
          const failure = dnsFailure(error);
          last = worse(last, failure);
          if (failure.failed !== 'not_found' && failure.failed !== 'server_failed') break;
        }
      }
      return last;
    },
    cancel() {
      resolver?.cancel();
    },
  };
}

/** A name is known not to exist only if every query said so, so any other failure takes precedence. */
function worse<T extends ResolvedNames | DnsFailure>(before: T, now: DnsFailure): T | DnsFailure {
  return 'failed' in before && before.failed !== 'not_found' ? before : now;
}

const CODES: ReadonlyMap<unknown, DnsFailureCode> = new Map([
  ['ENOTFOUND', 'not_found'],
  ['ENODATA', 'not_found'],
  ['ESERVFAIL', 'server_failed'],
  ['EREFUSED', 'refused'],
  ['ETIMEOUT', 'timeout'],
  ['ECONNREFUSED', 'unreachable'],
  ['ECANCELLED', 'timeout'],
]);

/** An error of `node:dns` → its code. */
function dnsFailure(error: unknown): DnsFailure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return { failed: CODES.get(code) ?? 'bad_answer' };
}
