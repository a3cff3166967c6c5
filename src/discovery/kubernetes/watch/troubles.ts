import type { SourceRemark } from '../../../endpoints/endpoint-source.ts';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import { listSome } from '../../quote-text.ts';
import type { ApiFailure, FailureCode } from '../failure.ts';
import { createOutage } from './outage.ts';

/** What a watch is for, as the log names it. */
export interface Watched {
  readonly kind: WatchedKind;
  /** A namespace (`shop`), one Service (`shop/web`), or `the cluster`. */
  readonly of: string;
}

export type WatchedKind = keyof typeof WHAT;

/** Turns failures of the watches of one API into remarks: one remark for all watches with the same trouble. */
export interface Troubles {
  failed(watched: Watched, failed: ApiFailure): void;
  /** It works again. */
  over(watched: Watched): void;
  /** It is no longer needed. */
  gone(watched: Watched): void;
  /** W14: the permission to read a Service has changed. */
  readable(service: string, isReadable: boolean): void;
  /** The permission to read all Services of a namespace has changed. */
  allowed(namespace: string, isAllowed: boolean): void;
  /** Whether the API lacks the kind (its definition is not installed) has changed. */
  absent(kind: WatchedKind, isAbsent: boolean): void;
  stop(): void;
}

export interface TroublesParts {
  readonly server: string;
  readonly clock: DiscoveryClock;
  readonly say: (remark: SourceRemark) => void;
  /** What an outage means for what is served, as a clause. */
  readonly rest: () => string;
}

/** Failures of one list, which do not mean that the server is down. */
const OWN: readonly FailureCode[] = [
  ...(['forbidden', 'not_found', 'rejected', 'expired', 'version_too_large'] as const),
  ...(['bad_answer', 'short_watch'] as const),
];
const WHAT = {
  slices: 'the EndpointSlices',
  service: 'the Services',
  namespace: 'the Namespaces',
  node: 'the Nodes',
  pod: 'the Pods',
  lease: 'the Leases',
  gateway_class: 'the GatewayClasses',
  gateway: 'the Gateways',
  tcp_route: 'the TCPRoutes',
  grant: 'the ReferenceGrants',
} as const;
/**
 * Failures within this time are combined into one remark, and those that are over by then are not reported: a server that
 * has just started forbids what it allows at the next attempt (W8), which comes after at most 1.6 s and works after 1 s.
 */
const GATHER_MS = 3000;
/** W8: this many in a row are not caused by a restart of the server. */
const MAX_NOT_FOUND = 5;

/** A watch whose own list fails. */
interface Own {
  readonly failed: ApiFailure;
  isSaid: boolean;
}

export function createTroubles({ server, clock, say, rest }: TroublesParts): Troubles {
  const outage = createOutage({ server, clock, say, rest });
  const own = new Map<Watched, Own>();
  /** Watches that were reported as failing, work again, and are not yet reported as such. */
  const back = new Set<Watched>();
  const unreadable = new Set<string>();
  const denied = new Map<string, boolean>();
  const installed = new Map<WatchedKind, boolean>();
  let notFound = 0;
  let cancel: (() => void) | null = null;

  function later(): void {
    cancel ??= clock.after(GATHER_MS, () => {
      cancel = null;
      sayFailing();
      sayBack();
      sayRights();
      sayInstalled();
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
      const message = `${some(watches)} cannot be read (${failed.code}: ${failed.message}); ${rest()}`;
      say({ level: 'warn', code, message });
    }
  }

  function sayBack(): void {
    for (const kind of Object.keys(WHAT) as WatchedKind[]) {
      const watches = [...back].filter((watched) => watched.kind === kind);
      if (watches.length === 0) continue;
      say({ level: 'info', code: `${kind}_back`, message: `${some(watches)} can be read again` });
    }
    back.clear();
  }

  function sayRights(): void {
    if (unreadable.size > 0) {
      const message = `the account has no permission to read the Services ${listSome([...unreadable].sort())}; traffic policy and affinity come from Herald's options`;
      say({ level: 'info', code: 'service_forbidden', message });
    }
    unreadable.clear();
    const fresh = [...denied].flatMap(([namespace, isSaid]) => (isSaid ? [] : namespace));
    for (const namespace of fresh) denied.set(namespace, true);
    if (fresh.length === 0) return;
    const message = `the account has no permission to list and watch services (without resourceNames) in ${listSome(fresh.sort())}; watching each Service by its name`;
    say({ level: 'warn', code: 'services_by_name', message });
  }

  function sayInstalled(): void {
    const some = (isThere: boolean) =>
      [...installed].flatMap(([kind, is]) => (is === isThere ? WHAT[kind].replace('the ', '') : [])).sort();
    const [absent, found] = [some(false), some(true)];
    installed.clear();
    if (absent.length > 0) {
      const message = `not installed in this cluster: ${listSome(absent)}; looking for them again every minute`;
      say({ level: 'info', code: 'kind_absent', message });
    }
    if (found.length === 0) return;
    say({ level: 'info', code: 'kind_found', message: `installed in this cluster now: ${listSome(found)}` });
  }

  function failedAlone(watched: Watched, failed: ApiFailure): void {
    // The server answers, so this watch is not part of an outage.
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
      const wrong = 'the API server has no discovery.k8s.io/v1; Herald needs Kubernetes 1.21 or later';
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
    absent(kind, isAbsent) {
      installed.set(kind, !isAbsent);
      later();
    },
    stop: () => cancel?.(),
  };
}

function some(watches: readonly Watched[]): string {
  return `${WHAT[watches[0]!.kind]} of ${listSome(watches.map(({ of }) => of).sort())}`;
}
