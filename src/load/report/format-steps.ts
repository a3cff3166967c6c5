import { MODE_TEXTS, runTitle } from '../describe-plan.ts';
import type { Work } from '../load-plan.ts';
import { doneRate, errorsOf, LIMITS } from '../outcome.ts';
import type { LoadResult } from '../result.ts';
import {
  bestOf,
  brokenStep,
  type FoundRate,
  isLimited,
  limitedStep,
  type Ramp,
  type Step,
  verdictText,
} from '../step.ts';
import { countText, rateText, timeText, wholeText } from '../units.ts';
import { alignRows, NO_FIGURE, partLines } from './part-lines.ts';

const HEADS = ['asked/s', 'done/s', 'count', 'p50', 'p95', 'p99', 'errors', ''];

/** The steps of `--find` or `--ramp` as text for a terminal, and the figures of the best step. */
export function formatSteps(result: LoadResult): string {
  const { asked, found, ramp, endedEarly, limitedByGenerator } = result;
  const steps = found?.steps ?? ramp?.steps ?? [];
  const best = bestOf(steps);
  const lines = [runTitle(asked), MODE_TEXTS[asked.mode]];
  if (endedEarly) lines.push('ended early: the steps cover the time until then');
  lines.push('', ...alignRows([HEADS, ...steps.map((step) => stepCells(step, asked.work))], { words: true }));
  if (best !== null) {
    lines.push('', `at ${rateText(best.rate)}/s`, ...partLines(result, asked));
  }
  if (limitedByGenerator !== null) {
    lines.push('', `THE GENERATOR WAS THE LIMIT (${limitedByGenerator}): ${LIMITS[limitedByGenerator]}`);
  }
  lines.push('', found !== undefined ? foundSentence(found) : ramp === undefined ? '' : rampSentence(ramp));
  return lines.join('\n');
}

/** One step on one line, written when the step has ended. */
export function stepText(step: Step, work: Work): string {
  const { rate, achieved, latency } = step;
  const { total } = latency;
  const p99 = total?.p99 == null ? '' : `, p99 ${timeText(total.p99)} (${wholeText(total.count)} samples)`;
  return `${rateText(rate)}/s: ${countText(doneRate(work, achieved))}/s done${p99}: ${verdictText(step)}`;
}

/** The result of `--find`: `p99<5ms holds up to 1,600/s, and not at 1,680/s (p99 was 7.10 ms).` */
export function foundSentence({ condition, rate, brokenAt, endedBy, steps }: FoundRate): string {
  const last = steps.at(-1);
  if (rate === null) {
    if (endedBy === 'generator')
      return `${condition}: unknown. The generator was the limit already at ${rateText(last!.rate)}/s.`;
    const tried = rateText(Math.min(...steps.map((step) => step.rate)));
    const rest = endedBy === 'signal' ? ', and lower rates were not tried' : '';
    return `${condition} does not hold at ${tried}/s${rest}.`;
  }
  const held = rateText(rate);
  const why = steps.findLast((step) => step.rate === brokenAt && !step.holds && !isLimited(step))?.why;
  const broken = brokenAt === null ? '' : `not at ${rateText(brokenAt)}/s${why == null ? '' : ` (${why})`}`;
  if (endedBy === 'generator' && brokenAt !== null)
    return `${condition} holds at ${held}/s, and ${broken}; between them, at ${rateText(last!.rate)}/s, the generator was the limit.`;
  if (endedBy === 'generator')
    return `${condition} holds at ${held}/s, and perhaps above: at ${rateText(last!.rate)}/s the generator was the limit.`;
  if (endedBy === 'most_rate') return `${condition} holds at ${held}/s, the highest rate that --find tries.`;
  if (brokenAt === null) return `${condition} holds at ${held}/s; higher rates were not tried.`;
  const between = endedBy === 'found' ? '' : '; the rates between were not searched to the end';
  return `${condition} holds up to ${held}/s, and ${broken}${between}.`;
}

/** The first rate of a ramp that the endpoint did not sustain, or the highest that held. */
export function rampSentence({ brokenAt, steps, to }: Ramp): string {
  const limited = limitedStep(steps);
  const doubt = limited === undefined ? '' : ` At ${rateText(limited.rate)}/s the generator was the limit.`;
  const broken = brokenStep(steps);
  if (brokenAt !== null && broken !== undefined) {
    const best = steps.filter(({ rate, holds }) => holds && rate < brokenAt).at(-1);
    const before = best === undefined ? '' : `; ${rateText(best.rate)}/s held`;
    return `Broke at ${rateText(brokenAt)}/s (${broken.why})${before}.${doubt}`;
  }
  const best = bestOf(steps);
  if (best === null) return `No step held.${doubt}`;
  const whole = best.rate === to && limited === undefined;
  return `${whole ? 'All steps held, up to' : 'Held up to'} ${rateText(best.rate)}/s.${doubt}`;
}

function stepCells(step: Step, work: Work): string[] {
  const { rate, achieved, latency, errors } = step;
  const { total } = latency;
  const time = (us: number | null | undefined) => (us == null ? NO_FIGURE : timeText(us));
  return [
    rateText(rate),
    countText(doneRate(work, achieved)),
    wholeText(total?.count ?? 0),
    ...[total?.p50, total?.p95, total?.p99].map(time),
    wholeText(errorsOf(errors)),
    verdictText(step),
  ];
}
