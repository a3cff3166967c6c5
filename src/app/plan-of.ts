import { createIpSet } from '../address/ip-set.ts';
import { formatSocketAddress, type ParsedAddress } from '../address/socket-address.ts';
import type { Config, ListenerOptions } from '../config/config.ts';
import type { Endpoint, Snapshot } from '../endpoints/snapshot.ts';
import type { ListenerPlan, Plan } from '../proxy/plan.ts';
import type { RowTable } from './row-table.ts';

/** The text of an address, as logs and tables show it. */
export function addressText(address: ParsedAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.ip === null ? `:${address.port}` : formatSocketAddress(address.ip, address.port);
}

/**
 * Makes the plan that engines get of a configuration. `capacity` is how many sessions all listeners
 * may have between them; those without a `maxSessions` of their own share what the others leave. `rows` says
 * which rows of the shared state its names have.
 */
export function planOf(config: Config, capacity: number, rows: RowTable): Plan {
  const limits = sessionLimits(config.listeners, capacity);
  const listeners = config.listeners.map((options, index) => {
    const snapshot = staticSnapshot(options, rows);
    const id = rows.listener(options.name);
    return listenerPlan(options, id, limits[index]!, snapshot, config.process.accessLog);
  });
  return { generation: 1, listeners };
}

function sessionLimits(listeners: readonly ListenerOptions[], capacity: number): number[] {
  const asked = listeners.reduce((sum, { maxSessions }) => sum + (maxSessions ?? 0), 0);
  const without = listeners.filter(({ maxSessions }) => maxSessions === null).length;
  const share = Math.max(Math.floor((capacity - asked) / Math.max(without, 1)), 1);
  return listeners.map(({ maxSessions }) => maxSessions ?? share);
}

function staticSnapshot({ name, to }: ListenerOptions, rows: RowTable): Snapshot {
  const endpoints = to.map((address): Endpoint => {
    const text = addressText(address);
    const slot = rows.slot(name, text);
    if (address.kind === 'unix') return { slot, ip: new Uint8Array(0), port: 0, path: address.path, text };
    return { slot, ip: address.ip!, port: address.port, path: null, text };
  });
  return { generation: 1, endpoints, empty: 'no_endpoint', known: null, hashTable: null };
}

function listenerPlan(
  options: ListenerOptions,
  id: number,
  maxSessions: number,
  snapshot: Snapshot,
  accessLog: ListenerPlan['accessLog'],
): ListenerPlan {
  return {
    id,
    name: options.name,
    listen: options.listen,
    admission: {
      expect: options.expect,
      header: options.header,
      trust: createIpSet(options.trust.cidrs),
      plain: createIpSet(options.plain.cidrs),
      trustUnix: options.trust.unix,
      plainUnix: options.plain.unix,
      headerTimeoutMs: options.headerTimeout,
      maxHeaderBytes: options.maxHeader,
    },
    presentation: {
      form: options.present,
      pass: options.tlv.pass,
      add: options.tlv.add,
      crc32c: options.crc32c,
      uniqueId: options.uniqueId,
      forwardedTrust: createIpSet(options.forwardedTrust.cidrs),
      forwardedTrustUnix: options.forwardedTrust.unix,
    },
    snapshot,
    balance: 'round-robin',
    affinityMs: 0,
    attempts: options.attempts,
    source: options.source,
    ejection: { after: options.ejectAfter, forMs: options.ejectFor, maxShare: options.ejectMax },
    timeouts: {
      connectMs: options.connectTimeout,
      idleMs: options.idleTimeout,
      halfCloseMs: options.halfCloseTimeout,
      keepaliveMs: options.keepalive,
      userTimeoutMs: options.userTimeout,
      maxSessionAgeMs: options.maxSessionAge,
    },
    limits: {
      maxSessions,
      maxSessionsPerClient: options.maxSessionsPerClient,
      overLimit: options.overLimit,
    },
    accessLog,
  };
}
