import type { SrvRecord } from 'node:dns';
import { lookup as hostLookup, Resolver } from 'node:dns/promises';
import { parseIp } from '../../address/ip.ts';
import type { FamilyChoice } from '../address-rules.ts';
import type { Files } from '../files.ts';
import { namesToAsk, parseResolverFile, type ResolverFile } from './resolver-file.ts';

/** Why a name came to nothing: closed, for metrics have it as a label. */
export type DnsFailureCode =
  | 'not_found' // there is no such name, or it has no address
  | 'server_failed' // SERVFAIL
  | 'refused' // REFUSED
  | 'timeout'
  | 'unreachable' // no name server can be reached
  | 'bad_answer'; // anything else

export interface DnsFailure {
  readonly failed: DnsFailureCode;
}

/** The addresses of one family. */
export interface ResolvedNames {
  readonly ips: readonly Uint8Array[];
  /** Of the shortest-lived of them. */
  readonly ttlSeconds: number;
}

/** What a name has of each family: addresses, none (`not_found`), or no answer. */
export interface HostAnswer {
  readonly v4: ResolvedNames | DnsFailure;
  readonly v6: ResolvedNames | DnsFailure;
}

/** Asks for names as the resolver's file says. Never rejects. */
export interface NameResolver {
  /** Of a family that `family` leaves out nothing is asked: a name server that is bad at AAAA can't harm `4`. */
  host(host: string, family: FamilyChoice): Promise<HostAnswer>;
  srv(name: string): Promise<readonly SrvRecord[] | DnsFailure>;
  /** Ends what is being asked. */
  cancel(): void;
}

/** What of the machine is asked; tests bring their own. */
export interface ResolverParts {
  readonly files: Files;
  /** `1.2.3.4:53`; null: those of the resolver's file. */
  readonly servers: readonly string[] | null;
  readonly lookup: (host: string) => Promise<readonly { readonly address: string }[]>;
}

export const systemLookup: ResolverParts['lookup'] = (host) => hostLookup(host, { all: true });

const FILE = '/etc/resolv.conf';
/** /etc/hosts knows no time to live; it is seldom changed. */
const HOSTS_TTL_SECONDS = 30;
const NOT_FOUND: DnsFailure = { failed: 'not_found' };

export function createNameResolver({ files, servers, lookup }: ResolverParts): NameResolver {
  let resolver: Resolver | null = null;
  let file: ResolverFile = parseResolverFile('');
  let text: string | undefined;

  /** A resolver reads its name servers once: another file needs another resolver. */
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
      // Node tells the time to live of the first 256 addresses, and of the others nothing.
      const ttls = records.flatMap(({ ttl }) => ttl ?? []);
      return { ips, ttlSeconds: Math.min(...ttls) };
    } catch (error) {
      return dnsFailure(error);
    }
  }

  /** The first name of the search list that has an answer; else what the last of them, or the worst, came to. */
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
      // As the C library has it: a server that failed may know another name, one that is away will not.
      if (![v4, v6].every(({ failed }) => failed === 'not_found' || failed === 'server_failed')) break;
    }
    return last;
  }

  /** /etc/hosts, and whatever else the machine asks for names. */
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

/** That a name does not exist is known only where every server could say so. */
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
