import { formatIp } from '../address/ip.ts';
import { joinHostPort } from '../address/socket-address.ts';
import type { GatewayOptions } from '../config/gateway-options.ts';
import type { DiscoveryClock } from '../discovery/discovery-clock.ts';
import type { SourceRemark } from '../endpoints/endpoint-source.ts';
import type { NodeCapability } from '../endpoints/node-reach.ts';
import type { Told } from './controller.ts';
import type { HopReport, InstanceReport, InstanceState } from './lease/instance-report.ts';
import { canonicalIp, familyOf, isPublishable } from './objects/published-ip.ts';

/** What this instance knows of its own hop (G12): whether others can hand over sessions here, and for which families. */
export interface OwnHop {
  /** By family, why this node cannot present clients, for Events: what has lasted for half a minute. */
  readonly faults: ReadonlyMap<4 | 6, string>;
  /** What its Lease says. */
  report(): Pick<InstanceReport, 'hop' | 'hopFault'>;
  /** Listeners are in force. Returns whether the report may be another one. */
  told(told: Told): boolean;
  presentBy(capability: NodeCapability): void;
  /** Calls `run` once the report says what this node can do: at once, or when it has been tried, or after five seconds. */
  whenKnown(run: () => void): void;
  stop(): void;
}

export interface OwnHopParts {
  readonly options: Pick<GatewayOptions, 'hopListen'>;
  /** Addresses by which other instances may reach this one, the best one first. */
  readonly addresses: () => readonly string[];
  readonly isDraining: () => boolean;
  /** The report, or `faults`, may be others. */
  readonly changed: () => void;
  readonly clock: DiscoveryClock;
  readonly remark: (remark: SourceRemark) => void;
}

const FAMILIES = [4, 6] as const;
const NO_FAULTS: ReadonlyMap<4 | 6, string> = new Map();
const NOTHING = { hop: null, hopFault: null } as const;
/** A node that starts has not proven anything, and one whose echo is replaced loses its proof: neither is worth an Event on each Service. */
const LASTS_MS = 30_000;
/** For so long a first proof is waited for. It takes milliseconds, unless the API is slow to tell where an echo is. */
const PROVES_MS = 5000;
const UNPROVEN = 'whether this node can present clients is not known yet';

export function createOwnHop({
  options,
  addresses,
  isDraining,
  changed,
  clock,
  remark,
}: OwnHopParts): OwnHop {
  const { hopListen } = options;
  let capability: NodeCapability | null = null;
  let last: Told | null = null;
  /** By family, since when there is a fault. */
  const since = new Map<4 | 6, number>();
  let cancel = () => {};
  let waits: (() => void) | null = null;
  let stopWaiting = () => {};

  function look(): void {
    cancel();
    const now = clock.now();
    for (const family of FAMILIES) {
      if (faultOf(family) === null) since.delete(family);
      else if (!since.has(family)) since.set(family, now);
    }
    const ends = [...since.values()].map((at) => at + LASTS_MS).filter((at) => at > now);
    if (ends.length > 0) cancel = clock.after(Math.min(...ends) - now, looked);
  }

  function looked(): void {
    look();
    if (!isPending()) goOn();
    changed();
  }

  /** Whether a family that objects need is about to be proven for the first time. */
  function isPending(): boolean {
    return last?.hop?.families.some((family) => capability?.isPending(family) === true) === true;
  }

  function goOn(): void {
    const run = waits;
    waits = null;
    stopWaiting();
    run?.();
  }

  function faultOf(family: 4 | 6): string | null {
    return capability === null ? UNPROVEN : capability.fault(family);
  }

  function at(): string | null {
    if (hopListen === null) return null;
    const { ip, port } = hopListen;
    const isAny = ip === null || ip.every((byte) => byte === 0);
    // A socket of one family is not reached by the other one.
    const isOf = (text: string) => ip === null || ip.length === 16 || familyOf(text) === 4;
    const found = isAny
      ? addresses()
          .flatMap((text) => canonicalIp(text) ?? [])
          .find((text) => isPublishable(text) && isOf(text))
      : formatIp(ip);
    return found === undefined ? null : joinHostPort(found, port);
  }

  return {
    get faults() {
      if (last?.hop === undefined) return NO_FAULTS;
      const now = clock.now();
      return new Map(
        [...since].flatMap(([family, at]) => {
          const why = now - at < LASTS_MS ? null : faultOf(family);
          return why === null ? [] : [[family, why] as const];
        }),
      );
    },
    report() {
      if (last?.hop === undefined || isDraining()) return NOTHING;
      const fault = last.hop.families.map(faultOf).find((why) => why !== null) ?? null;
      if (last.hopFailure !== null) return { hop: null, hopFault: last.hopFailure };
      const address = at();
      if (address === null) return { hop: null, hopFault: 'it has no address at which others reach it' };
      const families = FAMILIES.filter((family) => faultOf(family) === null);
      return { hop: { at: address, families } satisfies HopReport, hopFault: fault };
    },
    told(told) {
      const isSame =
        last !== null &&
        (last.hop === undefined) === (told.hop === undefined) &&
        last.hop?.families === told.hop?.families &&
        last.hopFailure === told.hopFailure;
      const { hopFailure: why } = told;
      if (why !== null && why !== last?.hopFailure) {
        const message = `other instances cannot hand over sessions for the pods of this node: ${why}`;
        remark({ level: 'error', code: 'hop_closed', message });
      }
      last = told;
      return !isSame;
    },
    presentBy(given) {
      capability = given;
      given.changed(looked);
      look();
    },
    whenKnown(run) {
      waits = run;
      if (isPending()) stopWaiting = clock.after(PROVES_MS, goOn);
      else goOn();
    },
    stop() {
      cancel();
      stopWaiting();
    },
  };
}

const MAX_NAMED = 64;

/** Who presents clients, by the Leases. Of those that do not the first 64 are named. */
export function hopFacts(instances: Iterable<InstanceState>) {
  const serving = [...instances].filter(({ isFresh, isDraining }) => isFresh && !isDraining);
  const incapable = serving
    .filter(({ hop, hopFault }) => hopFault !== null || hop === null || hop.families.length === 0)
    .map(({ name, node, hopFault }) => ({ node: node ?? name, why: hopFault ?? 'it takes no sessions' }))
    .sort((one, other) => (one.node < other.node ? -1 : 1));
  const capable = serving.length - incapable.length;
  return { capable, all: serving.length, incapable: incapable.slice(0, MAX_NAMED) };
}
