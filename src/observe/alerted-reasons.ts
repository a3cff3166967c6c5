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
 * Reasons that alerts name: refusals that are rather a mistake of ours, and all that kept sessions from an endpoint. Their series
 * are there from the start: a rate over one that appears at 1 misses the first.
 */
export const ALERTED_REASONS: ReadonlySet<string> = new Set(
  REASON_NAMES.filter(
    (reason) => REFUSALS.includes(reason) || (isFailure(reason) && reasonRow(reason).phase === 'connect'),
  ),
);
