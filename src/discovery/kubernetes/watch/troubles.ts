import type { SourceRemark } from '../../../endpoints/endpoint-source.ts';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import { shownSome } from '../../shown.ts';
import type { ApiFailure, FailureCode } from '../failure.ts';
import { createOutage } from './outage.ts';

/** What a watch is of, for a log. */
export interface Watched {
  readonly kind: 'slices' | 'service';
  /** `shop`, or of one Service `shop/web`. */
  readonly of: string;
}

/** Turns what happens to the watches of one API into remarks: one for all of them, however many they are. */
export interface Troubles {
  failed(watched: Watched, failed: ApiFailure): void;
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
  readonly clock: DiscoveryClock;
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
/**
 * What happens to many within this is one remark, and what is over by then is none: a server that has just started
 * forbids what it allows after the next attempt (W8), which is a second and a half later at most, and a second long.
 */
const GATHER_MS = 3000;
/** W8: so often in a row is no restart of a server. */
const MAX_NOT_FOUND = 5;

/** A watch that has trouble of its own. */
interface Own {
  readonly failed: ApiFailure;
  isSaid: boolean;
}

export function createTroubles({ server, clock, say, followers }: TroublesParts): Troubles {
  const outage = createOutage({ server, clock, say, rest });
  const own = new Map<Watched, Own>();
  /** Of which it was said that they fail, and not yet that they work. */
  const back = new Set<Watched>();
  const unreadable = new Set<string>();
  const denied = new Map<string, boolean>();
  let notFound = 0;
  let cancel: (() => void) | null = null;

  function rest(): string {
    const { all, synced } = followers();
    if (synced === all) return 'the endpoints known last go on';
    return synced === 0 ? 'no endpoint is known yet' : `of ${all - synced} Services no endpoint is known yet`;
  }

  function later(): void {
    cancel ??= clock.after(GATHER_MS, () => {
      cancel = null;
      sayFailing();
      sayBack();
      sayRights();
    });
  }

  function sayFailing(): void {
    const told = new Map<string, { readonly failed: ApiFailure; readonly watches: Watched[] }>();
    for (const [watched, each] of own) {
      if (each.isSaid) continue;
      each.isSaid = true;
      const code = `${watched.kind}_${each.failed.code}`;
      const { watches } = told.get(code) ?? { watches: [] };
      told.set(code, { failed: each.failed, watches: [...watches, watched] });
    }
    for (const [code, { failed, watches }] of told) {
      const message = `${some(watches)} cannot be read: ${failed.code}, ${failed.message}; ${rest()}`;
      say({ level: 'warn', code, message });
    }
  }

  function sayBack(): void {
    for (const kind of ['slices', 'service'] as const) {
      const watches = [...back].filter((watched) => watched.kind === kind);
      if (watches.length === 0) continue;
      say({ level: 'info', code: `${kind}_back`, message: `${some(watches)} can be read again` });
    }
    back.clear();
  }

  function sayRights(): void {
    if (unreadable.size > 0) {
      const message = `the Services ${shownSome([...unreadable].sort())} may not be read: their traffic policy and affinity are what flags say`;
      say({ level: 'info', code: 'service_forbidden', message });
    }
    unreadable.clear();
    const fresh = [...denied].flatMap(([namespace, isSaid]) => (isSaid ? [] : namespace));
    for (const namespace of fresh) denied.set(namespace, true);
    if (fresh.length === 0) return;
    const message = `each Service is watched by its name, for the account has no right to list and watch services (without resourceNames) in ${shownSome(fresh.sort())}`;
    say({ level: 'warn', code: 'services_by_name', message });
  }

  function failedAlone(watched: Watched, failed: ApiFailure): void {
    // The server answers.
    outage.over(watched);
    if (own.get(watched)?.failed.code === failed.code) return;
    own.set(watched, { failed, isSaid: false });
    back.delete(watched);
    later();
  }

  function overAlone(watched: Watched): void {
    if (own.get(watched)?.isSaid) {
      back.add(watched);
      later();
    }
    own.delete(watched);
  }

  return {
    failed(watched, failed) {
      if (OWN.includes(failed.code) && !failed.gated) failedAlone(watched, failed);
      else outage.failed(watched, failed);
      if (watched.kind !== 'slices') return;
      notFound = failed.code === 'not_found' ? notFound + 1 : 0;
      if (notFound !== MAX_NOT_FOUND) return;
      const wrong = 'the API server has no discovery.k8s.io/v1: is it older than Kubernetes 1.21?';
      say({ level: 'error', code: 'wrong_api', message: wrong });
    },
    over(watched) {
      outage.over(watched);
      overAlone(watched);
    },
    gone(watched) {
      outage.gone(watched);
      own.delete(watched);
      back.delete(watched);
    },
    readable(service, isReadable) {
      if (isReadable) unreadable.delete(service);
      else unreadable.add(service);
      later();
    },
    allowed(namespace, isAllowed) {
      if (isAllowed) denied.delete(namespace);
      else if (!denied.has(namespace)) denied.set(namespace, false);
      later();
    },
    stop: () => cancel?.(),
  };
}

function some(watches: readonly Watched[]): string {
  return `${WHAT[watches[0]!.kind]} of ${shownSome(watches.map(({ of }) => of).sort())}`;
}
