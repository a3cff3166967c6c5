import type { Asked } from './describe-plan.ts';
import { isAsking, isHeld } from './load-plan.ts';
import type { Measured } from './outcome.ts';

type Errors = Measured['errors'];

/** How many errors of any kind. */
export function errorsOf(errors: Errors): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

/** Errors by what was tried, 0 to 1; null if nothing was tried. */
export function errorShare({
  asked,
  achieved,
  goodAnswers,
  errors,
}: Pick<Measured, 'achieved' | 'goodAnswers' | 'errors'> & {
  readonly asked: Pick<Asked, 'work'>;
}): number | null {
  const failed = errorsOf(errors);
  const { work } = asked;
  // What has failed may be counted among the connections and requests as well, and must not count twice.
  const done = isAsking(work)
    ? goodAnswers
    : achieved.connections - (isHeld(work) ? errors.reset + errors.ended : 0);
  const tried = Math.max(done, 0) + failed;
  return tried === 0 ? null : failed / tried;
}
