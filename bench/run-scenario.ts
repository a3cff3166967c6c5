import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import type { EndpointProcess } from './endpoint-process.ts';
import { freePort } from './free-port.ts';
import type { LoadProcess } from './load-process.ts';
import type { Figure, Scenario, Step, Subject } from './scenario.ts';

/** Sessions beyond those that are open: others may still be closing. */
const MORE_SESSIONS = 1000;

/** Until the news has come that a process ended: it says more than the connections that ended with it. */
const NEWS_MS = 100;

/** Rounds in which another load generator has its turn too. */
const CROSS_CHECKED = 5;

/** What became of a contender in one step of a scenario. */
export interface Outcome {
  readonly contender: Contender;
  readonly step: Step;
  /** One a round; empty where it was not measured. */
  readonly figures: Figure[];
  /** Why it was not measured to the end: what was measured before counts for nothing. */
  failed: string | null;
}

export interface Result {
  readonly scenario: Scenario;
  readonly rounds: number;
  readonly outcomes: readonly Outcome[];
}

export interface Surroundings {
  readonly load: LoadProcess;
  readonly endpoint: EndpointProcess;
  /** For the contenders' files. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** Runs the rounds of a scenario, contenders in turn within each. What fails is left out from there on, and told. */
export async function runScenario(
  scenario: Scenario,
  contenders: readonly Contender[],
  rounds: number,
  around: Surroundings,
): Promise<Result> {
  const { steps, fresh, cost, crossCheck } = scenario;
  const outcomes = steps.flatMap((step) =>
    contenders
      .filter(({ scenarios }) => scenarios.includes(scenario.id))
      .map((contender): Outcome => ({ contender, step, figures: [], failed: null })),
  );
  const able = outcomes.filter(({ contender }) => contender.missing === null);
  const subjects = new Map<Outcome, Subject>();
  const stop = async (outcome: Outcome): Promise<void> => {
    await subjects.get(outcome)?.running.stop();
    subjects.delete(outcome);
  };
  const attempt = async (outcome: Outcome, task: () => Promise<void>): Promise<void> => {
    if (outcome.failed !== null) return;
    try {
      await task();
    } catch (error) {
      await sleep(NEWS_MS);
      outcome.failed = subjects.get(outcome)?.running.end() ?? (error as Error).message;
      outcome.figures.length = 0;
      around.say(`${scenario.id}: ${nameOf(outcome)}: ${outcome.failed}`);
      around.load.endAll();
      await stop(outcome);
    }
  };
  const start = async (outcome: Outcome): Promise<void> => {
    const subject = await startContender(outcome, scenario, around);
    subjects.set(outcome, subject);
    await scenario.warmUp(subject);
  };
  try {
    if (!fresh) for (const outcome of able) await attempt(outcome, () => start(outcome));
    for (let round = 1; round <= rounds; round++) {
      const said: string[] = [];
      for (const outcome of able) {
        await attempt(outcome, async () => {
          if (fresh) await start(outcome);
          const subject = subjects.get(outcome)!;
          const figure = await scenario.measure(subject);
          const checked = round <= CROSS_CHECKED ? await crossCheck?.(subject) : undefined;
          outcome.figures.push({ ...figure, ...checked });
          const figured = figure[cost.id];
          if (typeof figured === 'number') said.push(`${nameOf(outcome)} ${figured.toPrecision(4)}`);
          if (fresh) await stop(outcome);
        });
      }
      around.say(`${scenario.id}, round ${round} of ${rounds}, ${cost.unit}: ${said.join(', ') || '–'}`);
    }
  } finally {
    for (const outcome of able) await stop(outcome);
  }
  return { scenario, rounds, outcomes };
}

/** A contender, with the step where there are several. */
export function nameOf({ contender: { title }, step: { label } }: Outcome): string {
  return label === '' ? title : `${title}, ${label}`;
}

async function startContender(
  { contender, step }: Outcome,
  scenario: Scenario,
  { load, endpoint, folder }: Surroundings,
): Promise<Subject> {
  const { id, takes, presents, held, work, threads, endpoints } = scenario;
  const own = join(folder, `${id}-${contender.id}-${step.value}`);
  mkdirSync(own, { recursive: true });
  const running = await contender.start({
    listen: await freePort(),
    endpoints: addressesOf(endpoints?.(step) ?? 1, endpoint.ports[work]),
    folder: own,
    takes,
    presents,
    sessions: held + MORE_SESSIONS,
    threads: threads?.(step) ?? 1,
  });
  // Where there is no proxy nobody takes a header off, and nobody adds one.
  const header = running.pids.length === 0 ? takes : presents ? contender.header : 'none';
  return { contender, step, running, header, load, endpoint };
}

/** So many addresses of loopback at which the endpoint listens. */
function addressesOf(count: number, port: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    // 127.0.0.1 is the first of them.
    const number = at + 1;
    return `127.0.${number >> 8}.${number & 255}:${port}`;
  });
}
