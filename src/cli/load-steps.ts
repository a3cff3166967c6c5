import { describePlan } from '../load/describe-plan.ts';
import { type FailIf, percentileOf } from '../load/fail-if.ts';
import { judgeRamped, judgeSought, leastRateOf, stepMs } from '../load/judge-step.ts';
import type { LoadPlan } from '../load/load-plan.ts';
import type { Outcome } from '../load/outcome.ts';
import { RateSearch } from '../load/rate-search.ts';
import { stepText } from '../load/report/format-steps.ts';
import { createResult, type LoadResult } from '../load/result.ts';
import {
  bestOf,
  brokenStep,
  isLimited,
  limitedStep,
  type RateRange,
  rampRates,
  type Step,
} from '../load/step.ts';
import type { Host } from '../observe/host.ts';
import type { Player } from './load-player.ts';
import { MOST_RATE } from './load-values.ts';
import { whyVain } from './load-verdict.ts';

/** Where a search begins, unless that is too low for its percentile. */
const FIRST_RATE = 100;
/** Warm-up of later steps of a ramp: the endpoint is warm, only the new rate has to settle. */
const STEP_WARMUP_MS = 200;

/** Rest after a step that did not hold: the endpoint may still work on its backlog, which must not burden the next step. */
const SETTLE_MS = 1000;

export interface StepParts {
  readonly plan: LoadPlan;
  readonly player: Player;
  readonly host: Host;
}

/** The end of the steps: a result, or why there is none (null if that was already reported). */
export type StepsEnd = { readonly result: LoadResult } | { readonly vain: string | null };

/** Searches for the highest rate at which a condition holds. */
export async function playSearch(parts: StepParts, condition: FailIf): Promise<StepsEnd> {
  const least = leastRateOf(condition);
  const search = new RateSearch({ least, most: MOST_RATE, start: Math.max(FIRST_RATE, least) });
  const { plan } = parts;
  const taken = createSteps(parts, { find: condition.text });
  for (let rate = search.next; rate !== null; rate = search.next) {
    const durationMs = stepMs([condition], rate, plan.durationMs);
    const step = await taken.play({ ...plan, rate, durationMs }, (result) => judgeSought(result, condition));
    if (step === null) break;
    search.record(step.holds ? 'holds' : isLimited(step) ? 'limited' : 'broken');
    if (!step.holds && search.next !== null) await parts.player.rest(SETTLE_MS);
  }
  return taken.end((result, steps) => ({
    ...result,
    limitedByGenerator: search.end === 'generator' ? (steps.at(-1)?.limitedByGenerator ?? null) : null,
    found: {
      condition: condition.text,
      rate: search.held,
      brokenAt: search.broken,
      endedBy: search.end ?? 'signal',
      steps,
    },
  }));
}

/** Raises the rate step by step, and reports each step. */
export async function playRamp(
  parts: StepParts,
  range: RateRange,
  failIfs: readonly FailIf[],
): Promise<StepsEnd> {
  const { plan } = parts;
  const taken = createSteps(parts, { ramp: `${range.from}..${range.to}` });
  const rates = rampRates(range);
  // A step with too few samples could not be judged by a percentile.
  const percentiles = failIfs.filter((each) => !['max', null].includes(percentileOf(each)));
  for (const [at, rate] of rates.entries()) {
    const warmupMs = at === 0 ? plan.warmupMs : Math.min(plan.warmupMs, STEP_WARMUP_MS);
    const durationMs = stepMs(percentiles, rate, plan.durationMs / rates.length);
    const play = () =>
      taken.play({ ...plan, rate, durationMs, warmupMs }, (result) => judgeRamped(result, failIfs));
    let step = await play();
    // A pause of this machine says nothing about the endpoint: one more try.
    if (step !== null && isLimited(step)) step = await play();
    if (step === null) break;
  }
  return taken.end((result, steps) => ({
    ...result,
    limitedByGenerator: limitedStep(steps)?.limitedByGenerator ?? null,
    ramp: { ...range, brokenAt: brokenStep(steps)?.rate ?? null, steps },
  }));
}

/** The steps so far, and the result that is reported: of the best step, else of the last. */
function createSteps(
  { plan, player, host }: StepParts,
  kind: { readonly find: string } | { readonly ramp: string },
) {
  const steps: Step[] = [];
  let told: LoadResult | null = null;
  let vain: string | null = null;
  /** The generator failed: earlier steps are no result then. */
  let hasFailed = false;
  const at = new Date();
  const asked = { ...describePlan(plan), ...kind };
  return {
    /** Null if no other step follows: it could not be played, or not to its end. */
    async play(
      stepPlan: LoadPlan & { readonly rate: number },
      judge: (result: LoadResult) => Step,
    ): Promise<Step | null> {
      const outcome: Outcome | undefined = player.stopped ? undefined : await player.play(stepPlan);
      if (outcome === undefined) {
        hasFailed = !player.stopped;
        return null;
      }
      if (steps.length === 0) vain = whyVain(plan, outcome);
      // A step that a signal cut short lacks samples and is dropped; one that ended since the endpoint is gone counts.
      if (vain !== null || (outcome.endedEarly && outcome.refusedBy === null)) return null;
      const facts = { herald: host.version, at, asked: { ...asked, rate: stepPlan.rate } };
      const result = createResult(outcome, facts);
      const step = judge(result);
      steps.push(step);
      if (told === null || step === bestOf(steps) || bestOf(steps) === null) told = result;
      host.stderr.write(`herald: load ${stepText(step, plan.work)}\n`);
      return step;
    },
    end(complete: (result: LoadResult, steps: readonly Step[]) => LoadResult): StepsEnd {
      if (told !== null && !hasFailed)
        return { result: complete({ ...told, endedEarly: player.stopped }, steps) };
      return { vain: vain ?? (player.stopped ? 'ended before the first step was complete' : null) };
    },
  };
}
