import { endpointText } from '../load/describe-plan.ts';
import { describeBroken, type FailIf, isBroken } from '../load/fail-if.ts';
import { isAsking, type LoadPlan } from '../load/load-plan.ts';
import type { Outcome } from '../load/outcome.ts';
import { errorsOf } from '../load/outcome.ts';
import { foundSentence } from '../load/report/format-steps.ts';
import type { LoadResult } from '../load/result.ts';
import { lastTries } from '../load/step.ts';
import { rateText, unknownClientsText, wrongClientsText } from '../load/units.ts';

/** A --fail-if holds, a --find holds at no rate, or --verify found a wrong or an unknown client. */
const BROKEN = 3;
const FAILED = 1;
/** The generator was the limit, so the figures are not the endpoint's. */
const LIMITED = 4;

interface Verdict {
  readonly status: number;
  /** Messages for standard error. */
  readonly lines: readonly string[];
}

/**
 * The exit status of a run. A broken condition (3) takes precedence over a run without a good answer or without its
 * files (1), and that over a generator that was the limit (4): a pipeline must not mistake a broken condition for a run
 * that only has to be repeated elsewhere. Each reason is a line.
 */
export function verdictOf(
  result: LoadResult,
  failIfs: readonly FailIf[],
  unwritten: readonly string[],
): Verdict {
  const nothing = whyNothing(result);
  const broken = brokenLines(result, failIfs);
  const lines = [...unwritten, ...(nothing === null ? [] : [nothing]), ...broken];
  if (broken.length > 0) return { status: BROKEN, lines };
  if (lines.length > 0) return { status: FAILED, lines };
  return { status: result.limitedByGenerator === null ? 0 : LIMITED, lines };
}

function brokenLines(result: LoadResult, failIfs: readonly FailIf[]): string[] {
  const { found, ramp } = result;
  const steps = found?.steps ?? ramp?.steps;
  const judged =
    ramp === undefined
      ? [{ where: '', figures: result }]
      : lastTries(ramp.steps).map((step) => ({
          where: `at ${rateText(step.rate)}/s: `,
          figures: { asked: result.asked, ...step },
        }));
  const lines = failIfs.flatMap((each) => {
    const first = judged.find(({ figures }) => isBroken(each, figures));
    return first === undefined ? [] : [`failed: ${first.where}${describeBroken(each, first.figures)}`];
  });
  if (found?.rate === null && found.endedBy === 'least_rate') lines.push(`failed: ${foundSentence(found)}`);
  const parts = steps ?? [result, ...(result.direct === undefined ? [] : [result.direct])];
  const sum = (count: 'wrongClients' | 'unknownClients') => parts.reduce((all, part) => all + part[count], 0);
  const [wrong, unknown] = [sum('wrongClients'), sum('unknownClients')];
  if (wrong > 0) lines.push(`failed: ${wrongClientsText(wrong)}`);
  if (unknown > 0) {
    const why = 'the endpoint is not herald echo, or does not read the PROXY headers that are sent';
    lines.push(`failed: ${unknownClientsText(unknown)}: ${why}`);
  }
  return lines;
}

/** Why a run has no figures at all; else null. */
export function whyVain(
  { endpoints }: LoadPlan,
  { refusedBy, endedEarly, measured, direct }: Outcome,
): string | null {
  if (refusedBy !== null) {
    return `nothing listens on ${endpointText(endpoints[refusedBy]!)}: every connection was refused from the start`;
  }
  const seconds = measured.achieved.seconds + (direct?.achieved.seconds ?? 0);
  return endedEarly && seconds === 0 ? 'ended before anything was measured' : null;
}

/** Why a run, or one of its two ways, had no success at all; else null. */
function whyNothing({ asked, direct, ...through }: LoadResult): string | null {
  for (const { achieved, errors, goodAnswers } of direct === undefined ? [through] : [direct, through]) {
    if (errorsOf(errors) === 0 || goodAnswers > 0) continue;
    const { connections, requests, open } = achieved;
    if (connections + requests + open === 0) return 'no connection could be established';
    if (isAsking(asked.work)) return 'no request got a correct answer';
  }
  return null;
}
