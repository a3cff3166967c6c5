import type { DiscoveryClock } from '../../discovery/discovery-clock.ts';
import type { ApiWrite, KubernetesClient } from '../../discovery/kubernetes/api-client.ts';
import type { SourceRemark } from '../../endpoints/endpoint-source.ts';
import type { ServiceObject } from '../objects/cluster-objects.ts';
import {
  type Companion,
  type CompanionOwner,
  type CompanionPlace,
  companionOf,
  companionOwner,
  companionWrite,
} from './companion.ts';
import { createWriteQueue, type WriteOutcome } from './write-queue.ts';

export interface CompanionServicesParts extends CompanionPlace {
  readonly client: Pick<KubernetesClient, 'send'>;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
  readonly isLeader: () => boolean;
  readonly remark: (remark: SourceRemark) => void;
}

/**
 * For each claimed Service or Gateway a Service in Herald's own namespace, for which a balancer of the cluster gives addresses
 * and announces them (G13). Only the leader creates, changes and deletes; every instance reads what they got.
 */
export interface CompanionServices {
  /** The objects that should have one, and all Services of the cluster as they are. */
  want(owners: readonly CompanionOwner[], services: ReadonlyMap<string, ServiceObject>): void;
  /** `isLeader` has changed. */
  leadershipChanged(): void;
  stop(): void;
}

const PER_SECOND = 5;
/** The watch will soon tell of what has changed meanwhile. */
const BEHIND_MS = 1000;

export function createCompanionServices(parts: CompanionServicesParts): CompanionServices {
  const { client, clock, random, isLeader, remark } = parts;
  const queue = createWriteQueue({ clock, random, mayWrite: isLeader, write, perSecond: PER_SECOND });
  let wanted = new Map<string, Companion>();
  let observed: ReadonlyMap<string, ServiceObject> = new Map();
  /** What was last written of each, and from which version: not again before the watch has told of it. */
  const written = new Map<string, { readonly version: string | undefined; readonly request: string }>();
  /** Names that somebody else's Services have. */
  const taken = new Set<string>();

  /** The Service of this name, if it is a companion of this gateway. */
  function companionNamed(name: string): ServiceObject | null {
    const service = observed.get(`${parts.namespace}/${name}`);
    return service !== undefined && companionOwner(service, parts) !== null ? service : null;
  }

  function writeOf(name: string): ApiWrite | null {
    const service = companionNamed(name);
    // Somebody else's Service of this name is never touched.
    if (service === null && observed.has(`${parts.namespace}/${name}`)) {
      if (!taken.has(name)) sayTaken(name);
      taken.add(name);
      return null;
    }
    taken.delete(name);
    const request = companionWrite(wanted.get(name) ?? null, service, parts);
    const last = written.get(name);
    const isUnseen = last !== undefined && last.version === service?.version;
    return isUnseen && last.request === JSON.stringify(request) ? null : request;
  }

  function sayTaken(name: string): void {
    const message = `there is a Service ${parts.namespace}/${name} already that is not this gateway's; ${wanted.get(name)?.annotations[`${parts.prefix}companion-of`]} gets no address`;
    remark({ level: 'warn', code: 'companion_taken', message });
  }

  async function write(name: string, signal: AbortSignal): Promise<WriteOutcome> {
    const version = companionNamed(name)?.version;
    const request = writeOf(name);
    if (request === null) return 'done';
    const reply = await client.send(request, signal);
    if (signal.aborted) return 'done';
    const isGone = 'code' in reply && request.verb === 'delete' && reply.code === 'not_found';
    if (!('code' in reply) || isGone) {
      written.set(name, { version, request: JSON.stringify(request) });
      return 'done';
    }
    if (reply.code === 'conflict' || reply.code === 'exists') return { waitMs: BEHIND_MS };
    const what = `${parts.namespace}/${name}, which gets addresses by ${parts.addressClass}`;
    const message = `the Service ${what}, cannot be written (${reply.code}: ${reply.message})`;
    remark({ level: 'warn', code: `companion_${reply.code}`, message });
    return reply;
  }

  function addDue(): void {
    const names = new Set(wanted.keys());
    for (const service of observed.values()) {
      if (companionOwner(service, parts) !== null) names.add(service.name);
    }
    for (const name of names) if (writeOf(name) !== null) queue.add(name);
  }

  return {
    want(owners, services) {
      observed = services;
      wanted = new Map();
      for (const owner of owners) {
        const own = services.get(`${owner.ref.namespace}/${owner.ref.name}`);
        // A companion gets no companion, even if both classes are the same.
        if (owner.ref.kind === 'Service' && own !== undefined && companionOwner(own, parts) !== null)
          continue;
        // A Service needs a port.
        if (owner.ports.length === 0) continue;
        const companion = companionOf(owner, parts);
        wanted.set(companion.name, companion);
      }
      for (const [name, { version }] of written) {
        if (companionNamed(name)?.version !== version) written.delete(name);
      }
      addDue();
    },
    leadershipChanged() {
      written.clear();
      addDue();
      queue.changed();
    },
    stop: () => queue.stop(),
  };
}
