import { type CloseReason, REASON_NAMES, reasonRow } from '../plan/close-reason.ts';
import { isFailure } from '../shared-memory/session-failures.ts';

const REFUSALS: readonly CloseReason[] = [
  'untrusted',
  'over_limit',
  'header_timeout',
  'header_absent',
  'header_invalid',
  'header_too_large',
  'header_not_expected',
  'no_endpoint_of_family',
];

/**
 * Reasons that alerts name: refusals that are probably a mistake of the operator, and all failures to reach an endpoint. Their
 * series exist from the start, because a rate over a series that appears with the value 1 misses the first event.
 */
export const ALERTED_REASONS: ReadonlySet<string> = new Set(
  REASON_NAMES.filter(
    (reason) => REFUSALS.includes(reason) || (isFailure(reason) && reasonRow(reason).phase === 'connect'),
  ),
);
