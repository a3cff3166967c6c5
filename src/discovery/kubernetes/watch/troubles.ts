import type { SourceRemark } from '../../../endpoints/endpoint-source.ts';
import type { Clock } from '../../clock.ts';
import { createCoalescer } from '../../coalescer.ts';
import { shownSome } from '../../shown.ts';
import type { Failure, FailureCode } from '../failure.ts';
import { createOutage } from './outage.ts';

/** What a watch is of, for a log. */
export interface Watched {
  readonly kind: 'slices' | 'service';
  /** `shop`, or of one Service `shop/web`. */
  readonly of: string;
}

/** Turns what happens to the watches of one API into remarks: one for all of them, however many they are. */
export interface Troubles {
  failed(watched: Watched, failed: Failure): void;
  /** It works again. */
  over(watched: Watched): void;
  /** Nobody wants it any more. */
  gone(watched: Watched): void;
  /** W14: a Service may not be read, or it may after all. */
  readable(service: string, isReadable: boolean): void;
  /** Not all Services of a namespace may be read. */
  allowed(namespace: string, isAllowed: boolean): void;
  stop(): void;
}

export interface TroublesParts {
  readonly server: string;
  readonly clock: Clock;
  readonly say: (remark: SourceRemark) => void;
  /** Who follows Services, and of how many of them is something known. */
  readonly followers: () => { readonly all: number; readonly synced: number };
}

/** What is the matter with one list, and not with the server. */
const OWN: readonly FailureCode[] = [
  ...(['forbidden', 'not_found', 'rejected', 'expired', 'version_too_large'] as const),
  ...(['bad_answer', 'short_watch'] as const),
];
const WHAT = { slices: 'the EndpointSlices', service: 'the Services' } as const;
/** What happens to many within this is one remark. */
const GATHER_MS = 1000;
/** W8: so often in a row is no restart of a server. */
const MAX_NOT_FOUND = 5;

interface Pending {
  readonly remark: (watches: string) => SourceRemark;
  readonly of: Set<string>;
}

export function createTroubles({ server, clock, say, followers }: TroublesParts): Troubles {
  const outage = createOutage({ server, clock, say, rest });
  /** The code of each watch that has trouble of its own. */
  const own = new Map<Watched, FailureCode>();
  const denied = new Set<string>();
  let pending = new Map<string, Pending>();
  let notFound = 0;
  const gather = createCoalescer(GATHER_MS, flush, clock);

  function rest(): string {
    const { all, synced } = followers();
    if (synced === all) return 'the endpoints known last go on';
    return synced === 0 ? 'no endpoint is known yet' : `of ${all - synced} Services no endpoint is known yet`;
  }

  function flush(): void {
    const told = pending;
    pending = new Map();
    for (const { remark, of } of told.values()) say(remark(shownSome([...of].sort())));
  }

  function later(key: string, of: string, remark: Pending['remark']): void {
    const entry = pending.get(key) ?? { remark, of: new Set() };
    pending.set(key, entry);
    entry.of.add(of);
    gather.poke();
  }

  function failedAlone(watched: Watched, { code, message }: Failure): void {
    const { kind, of } = watched;
    outage.over(watched);
    if (own.get(watched) === code) return;
    own.set(watched, code);
    later(`${kind}_${code}`, of, (some) => ({
      level: 'warn',
      code: `${kind}_${code}`,
      message: `${WHAT[kind]} of ${some} can not be read: ${code}, ${message}; ${rest()}`,
    }));
  }

  return {
    failed(watched, failed) {
      if (OWN.includes(failed.code)) failedAlone(watched, failed);
      else outage.failed(watched, failed);
      if (watched.kind !== 'slices') return;
      notFound = failed.code === 'not_found' ? notFound + 1 : 0;
      if (notFound !== MAX_NOT_FOUND) return;
      const wrong = 'the API server has no discovery.k8s.io/v1: is it older than Kubernetes 1.21?';
      say({ level: 'error', code: 'wrong_api', message: wrong });
    },
    over(watched) {
      outage.over(watched);
      if (!own.delete(watched)) return;
      const { kind, of } = watched;
      later(`${kind}_back`, of, (some) => ({
        level: 'info',
        code: `${kind}_back`,
        message: `${WHAT[kind]} of ${some} can be read again`,
      }));
    },
    gone(watched) {
      outage.gone(watched);
      own.delete(watched);
    },
    readable(service, isReadable) {
      if (isReadable) return;
      later('service_forbidden', service, (some) => ({
        level: 'info',
        code: 'service_forbidden',
        message: `may not be read: the Services ${some}; their traffic policy and affinity are what flags say`,
      }));
    },
    allowed(namespace, isAllowed) {
      if (isAllowed) denied.delete(namespace);
      if (isAllowed || denied.has(namespace)) return;
      denied.add(namespace);
      later('services_by_name', namespace, (some) => ({
        level: 'warn',
        code: 'services_by_name',
        message: `each Service is watched by its name, for the account has no right to list and watch services (without resourceNames) in ${some}`,
      }));
    },
    stop: () => gather.stop(),
  };
}
