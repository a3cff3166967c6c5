import type { SourceRemark } from '../../endpoints/endpoint-source.ts';
import type { Family } from '../family.ts';
import type { Journal } from '../journal.ts';
import { shown, shownSome } from '../shown.ts';
import type { Failure } from './failure.ts';
import type { Folded } from './fold-slices.ts';
import type { Service } from './service.ts';
import type { Slice } from './slice.ts';

/** What was folded, and to what. */
export interface FoldReport {
  readonly all: readonly Slice[];
  readonly folded: Folded;
  readonly family: Family;
  /** Of the choice of the port. */
  readonly remark: SourceRemark | null;
  readonly service: Service | null;
  /** Whether Services may be read, so that none means none. */
  readonly isListed: boolean;
}

/** Turns what happens to a source into remarks: each once, until it is over. */
export interface SourceRemarks {
  alive(what: Watched): void;
  failed(what: Watched, failure: Failure, isSynced: boolean): void;
  /** The Service may not be read. */
  forbidden(): void;
  folded(report: FoldReport): void;
}

type Watched = 'slices' | 'service';

const WHAT = { slices: 'the EndpointSlices', service: 'the Service' } as const;
/** Refused addresses that are remembered as told; an API that makes up new ones must not fill the memory. */
const MAX_TOLD = 1000;
/** W8: so often in a row is no restart of a server. */
const MAX_NOT_FOUND = 5;

export function createSourceRemarks(journal: Journal, of: string): SourceRemarks {
  const failing = new Map<Watched, string>();
  const told = new Set<string>();
  let standing: readonly string[] = [];
  let notFound = 0;

  function refused(all: readonly Slice[]): SourceRemark | null {
    const fresh = all.flatMap(({ refusals }) => refusals).filter(({ address }) => !told.has(address));
    if (fresh.length === 0 || told.size >= MAX_TOLD) return null;
    for (const { address } of fresh) told.add(address);
    const some = shownSome(fresh.map(({ address, why }) => `${shown(address)} (${why})`));
    const message = `endpoints of ${of} are refused for their addresses: ${some}`;
    return { level: 'warn', code: 'endpoint_refused', message };
  }

  return {
    alive(what) {
      journal.alive();
      if (what === 'slices') notFound = 0;
      else journal.over('service_forbidden');
      const code = failing.get(what);
      if (code === undefined) return;
      failing.delete(what);
      journal.over(code);
      journal.say({
        level: 'info',
        code: `${what}_back`,
        message: `${WHAT[what]} of ${of} can be read again`,
      });
    },
    failed(what, { code, message }, isSynced) {
      journal.count(code);
      const before = failing.get(what);
      failing.set(what, `${what}_${code}`);
      journal.over(`${what}_back`);
      // The words differ from one try to the next (reset, refused); the trouble is the same.
      if (before !== `${what}_${code}`) {
        if (before !== undefined) journal.over(before);
        const rest = isSynced ? 'the endpoints known last go on' : 'no endpoint is known yet';
        const text = `${WHAT[what]} of ${of} can't be read: ${code}, ${message}; ${rest}`;
        journal.say({ level: 'warn', code: `${what}_${code}`, message: text });
      }
      notFound = what === 'slices' && code === 'not_found' ? notFound + 1 : notFound;
      if (notFound !== MAX_NOT_FOUND) return;
      const wrong = 'the API server has no discovery.k8s.io/v1: is it older than Kubernetes 1.21?';
      journal.say({ level: 'error', code: 'wrong_api', message: wrong });
    },
    forbidden() {
      const message = `the Service ${of} may not be read: its traffic policy and affinity are what flags say`;
      journal.say({ level: 'info', code: 'service_forbidden', message });
    },
    folded({ all, folded, family, remark, service, isListed }) {
      const now = [
        ...[remark, ofService(service, isListed, of)],
        ...[ofFamily(folded, family, of), ofRanges(service, of)],
      ].filter((each) => each !== null);
      for (const code of standing) if (!now.some((each) => each.code === code)) journal.over(code);
      standing = now.map(({ code }) => code);
      for (const each of [...now, refused(all)]) if (each !== null) journal.say(each);
    },
  };
}

function ofService(service: Service | null, isListed: boolean, of: string): SourceRemark | null {
  if (service === null) {
    const message = `there is no Service ${of}`;
    return isListed ? { level: 'warn', code: 'no_such_service', message } : null;
  }
  const message = `the Service ${of} is of type ExternalName: it has no endpoints, dns:NAME:PORT reaches its name`;
  return service.isExternalName ? { level: 'error', code: 'external_name', message } : null;
}

function ofRanges(service: Service | null, of: string): SourceRemark | null {
  const malformed = service?.malformedRanges ?? [];
  if (malformed.length === 0) return null;
  const rest = service?.facts.sourceRanges?.length === 0 ? '; there is no other, so nobody is admitted' : '';
  const message = `loadBalancerSourceRanges of ${of}: these are no ranges: ${shownSome(malformed.map(shown))}${rest}`;
  return { level: 'warn', code: 'source_range_malformed', message };
}

function ofFamily({ endpoints, addresses }: Folded, family: Family, of: string): SourceRemark | null {
  if (family === 'auto' || endpoints.length > 0) return null;
  const isOther = addresses.some((ip) => ip.length !== (family === 4 ? 4 : 16));
  const message = `no endpoint of ${of} has an IPv${family} address, and --family asks for one`;
  return isOther ? { level: 'warn', code: 'no_address_of_family', message } : null;
}
