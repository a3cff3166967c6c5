import type { ExecutionContext } from 'ava';
import type { ResolverParts } from '../../../src/discovery/dns/name-resolver.ts';
import type { EndpointSource, SourceRemark } from '../../../src/endpoints/endpoint-source.ts';
import { createConditions } from '../../helpers/conditions.ts';
import { type DnsRecord, type ScriptedDns, scriptedDns } from '../../helpers/scripted-dns.ts';
import { type TurnedClock, turnedClock } from '../../helpers/turned-clock.ts';

export const a = (...addresses: string[]): DnsRecord[] => addresses.map((data) => ({ ttl: 30, data }));

export interface Machine extends ResolverParts {
  readonly clock: TurnedClock;
  readonly random: () => number;
  readonly dns: ScriptedDns;
  /** /etc/resolv.conf. */
  resolvConf: string;
  /** /etc/hosts. */
  readonly hosts: Map<string, readonly string[]>;
  readonly parts: ResolverParts;
}

/** A simulated machine: a name server, /etc/resolv.conf, /etc/hosts and a clock. */
export async function createMachine(t: ExecutionContext): Promise<Machine> {
  const dns = await scriptedDns();
  t.teardown(() => dns.close());
  const hosts = new Map<string, readonly string[]>();
  const parts: ResolverParts = {
    files: { read: () => machine.resolvConf, modifiedMs: () => 0 },
    servers: [dns.server],
    async lookup(host) {
      const found = hosts.get(host);
      if (found === undefined) throw new Error('ENOTFOUND');
      return found.map((address) => ({ address }));
    },
  };
  const machine = { ...parts, parts, hosts, dns, clock: turnedClock(), random: () => 0, resolvConf: '' };
  return machine;
}

/** Starts a source; it is stopped when the test ends. */
export function start(t: ExecutionContext, source: EndpointSource) {
  const conditions = createConditions();
  const remarks: SourceRemark[] = [];
  const told = { changes: 0 };
  t.teardown(() => source.stop());
  source.start({
    changed() {
      told.changes++;
      conditions.touch();
    },
    remark(remark) {
      remarks.push(remark);
      conditions.touch();
    },
  });
  const texts = () => source.state.endpoints.map(({ text }) => text);
  return {
    ...{ source, remarks, told, texts },
    async serves(...expected: string[]) {
      await conditions.until(() => `${texts()}` === `${expected}`);
      t.deepEqual(texts(), expected);
    },
    synced: () => conditions.until(() => source.state.synced),
    said: (code: string) => conditions.until(() => remarks.some((each) => each.code === code)),
    codes: () => remarks.map(({ code }) => code),
  };
}
