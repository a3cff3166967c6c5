import type { CandidateOrder } from '../endpoints/candidate-order.ts';
import type { Endpoint } from '../endpoints/snapshot.ts';
import type { CloseReason } from '../plan/close-reason.ts';
import type { ListenerPlan } from '../plan/plan.ts';
import { HostAddresses } from '../shared-memory/host-addresses.ts';
import type { Address } from './client.ts';
import { clientFault, type PresentableRule } from './presentable-client.ts';

/** The cell of `SharedState.routesMissing` of each family. */
export const ROUTES_CELL = { 4: 0, 6: 1 } as const;

/** Why a client is refused once it is known. */
export interface SessionRefusal {
  readonly reason: CloseReason;
  readonly detail: string | null;
}

/** Endpoints to dial, one after the other. `empty`: the reason to report if there is none; null: that of the pool. */
export interface EndpointsInTurn extends Pick<CandidateOrder, 'empty'> {
  next(): Endpoint | null;
}

/** `--present transparent` of one listener, for one worker: which clients can be presented, and to which endpoints. */
export class TransparentRules {
  readonly #source: PresentableRule;
  readonly #families: ReadonlySet<number>;
  readonly #attempts: number;

  /** `host` is the shared memory of `HostAddresses`. */
  constructor({ localClients, snapshot, attempts }: ListenerPlan, host: Uint32Array) {
    const addresses = new HostAddresses(host);
    this.#source = { kindOf: (ip) => addresses.kindOf(ip), allowed: localClients };
    this.#families = new Set(snapshot.endpoints.map(({ ip }) => ip.length));
    this.#attempts = attempts;
  }

  /** Why the client cannot be presented; null: it can. An empty pool is refused later, with its own reason. */
  refuses(source: Address | null, peer: Address | null): SessionRefusal | null {
    const detail = clientFault(source?.ip ?? null, peer?.ip ?? null, this.#source);
    if (detail !== null) return { reason: 'source_unusable', detail };
    if (this.#families.size === 0 || this.#families.has(source!.ip.length)) return null;
    return { reason: 'no_endpoint_of_family', detail: source!.ip.length === 4 ? 'ipv4' : 'ipv6' };
  }

  /** The endpoints of the client's family, in order, because both ends of a socket have the same family. */
  sameFamily(all: CandidateOrder, source: Address): EndpointsInTurn {
    let left = this.#attempts;
    return {
      empty: all.empty,
      next: () => {
        if (left-- <= 0) return null;
        for (let endpoint = all.next(); endpoint !== null; endpoint = all.next()) {
          if (endpoint.ip.length === source.ip.length) return endpoint;
        }
        return null;
      },
    };
  }
}
