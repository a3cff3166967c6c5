import type { SourceRemark } from '../../endpoints/endpoint-source.ts';
import type { FamilyChoice } from '../address-rules.ts';
import type { Journal } from '../journal.ts';
import { listSome, quoteText } from '../quote-text.ts';
import type { Folded } from './fold-slices.ts';
import type { Service } from './service.ts';
import type { Slice } from './slice.ts';

/** The input and the result of folding slices. */
export interface FoldReport {
  readonly all: readonly Slice[];
  readonly folded: Folded;
  readonly family: FamilyChoice;
  /** The remark about the choice of the port. */
  readonly remark: SourceRemark | null;
  readonly service: Service | null;
  /** Whether Services may be read, so that `service: null` means that it does not exist. */
  readonly isListed: boolean;
}

/** Turns the state of a source into remarks. Each is reported once, until its condition is over. */
export interface SourceRemarks {
  folded(report: FoldReport): void;
}

/** How many refused addresses are remembered as reported, so that an API that invents new ones cannot fill the memory. */
const MAX_TOLD = 1000;

export function createSourceRemarks(journal: Journal, of: string): SourceRemarks {
  return new JournaledRemarks(journal, of);
}

const NONE: readonly string[] = [];

class JournaledRemarks implements SourceRemarks {
  readonly #journal: Journal;
  readonly #of: string;
  /** Refused addresses that were reported; made with the first one. */
  #told: Set<string> | null = null;
  #standing = NONE;

  constructor(journal: Journal, of: string) {
    this.#journal = journal;
    this.#of = of;
  }

  folded(report: FoldReport): void {
    const { all, folded, family, remark, service } = report;
    const [journal, of] = [this.#journal, this.#of];
    const now = [
      ...[remark, ofService(report, of)],
      ...[ofFamily(folded, family, of), ofRanges(service, of)],
    ].filter((each) => each !== null);
    for (const code of this.#standing) if (!now.some((each) => each.code === code)) journal.over(code);
    this.#standing = now.length === 0 ? NONE : now.map(({ code }) => code);
    for (const each of [...now, this.#refused(all)]) if (each !== null) journal.say(each);
  }

  #refused(all: readonly Slice[]): SourceRemark | null {
    const told = this.#told ?? new Set();
    const fresh = all.flatMap(({ refusals }) => refusals).filter(({ address }) => !told.has(address));
    if (fresh.length === 0 || told.size >= MAX_TOLD) return null;
    this.#told = told;
    for (const { address } of fresh) told.add(address);
    const some = listSome(fresh.map(({ address, why }) => `${quoteText(address)} (${why})`));
    const message = `endpoints of ${this.#of} are refused because of their addresses: ${some}`;
    return { level: 'warn', code: 'endpoint_refused', message };
  }
}

function ofService({ service, isListed }: FoldReport, of: string): SourceRemark | null {
  if (service === null) {
    const message = `the Service ${of} does not exist; it has no endpoints, even if EndpointSlices name it`;
    return isListed ? { level: 'warn', code: 'no_such_service', message } : null;
  }
  const message = `the Service ${of} is of type ExternalName; it has no endpoints, even if EndpointSlices name it. To reach its external name, use dns:NAME:PORT`;
  return service.isExternalName ? { level: 'error', code: 'external_name', message } : null;
}

function ofRanges(service: Service | null, of: string): SourceRemark | null {
  const malformed = service?.malformedRanges ?? [];
  if (malformed.length === 0) return null;
  const rest =
    service?.facts.sourceRanges?.length === 0
      ? 'no entry is valid, so no client is admitted'
      : 'ignoring them';
  const message = `loadBalancerSourceRanges of the Service ${of} has entries that are not CIDRs (${listSome(malformed.map(quoteText))}); ${rest}`;
  return { level: 'warn', code: 'source_range_malformed', message };
}

function ofFamily({ endpoints, addresses }: Folded, family: FamilyChoice, of: string): SourceRemark | null {
  if (family === 'auto' || family === 'both' || endpoints.length > 0) return null;
  const isOther = addresses.some((ip) => ip.length !== (family === 4 ? 4 : 16));
  const message = `no endpoint of ${of} has an IPv${family} address, which --family ${family} requires`;
  return isOther ? { level: 'warn', code: 'no_address_of_family', message } : null;
}
