import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import type { EndpointProcess } from './endpoint-process.ts';
import { freePort } from './free-port.ts';
import type { LoadProcess } from './load-process.ts';
import type { Figure, Scenario, Subject } from './scenario.ts';

/** Sessions beyond those that are open: others may still be closing. */
const MORE_SESSIONS = 1000;

/** Until the news has come that a process ended: it says more than the connections that ended with it. */
const NEWS_MS = 100;

/** What became of a contender in a scenario. */
export interface Outcome {
  readonly contender: Contender;
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
  const outcomes = contenders
    .filter(({ scenarios }) => scenarios.includes(scenario.id))
    .map((contender): Outcome => ({ contender, figures: [], failed: null }));
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
      around.say(`${scenario.id}: ${outcome.contender.title}: ${outcome.failed}`);
      await around.load.release({ check: false });
      await stop(outcome);
    }
  };
  const start = async (outcome: Outcome): Promise<void> => {
    const subject = await startContender(outcome.contender, scenario, around);
    subjects.set(outcome, subject);
    await scenario.warmUp(subject);
  };
  try {
    if (!scenario.fresh) for (const outcome of able) await attempt(outcome, () => start(outcome));
    for (let round = 1; round <= rounds; round++) {
      const said: string[] = [];
      for (const outcome of able) {
        await attempt(outcome, async () => {
          if (scenario.fresh) await start(outcome);
          const figure = await scenario.measure(subjects.get(outcome)!);
          outcome.figures.push(figure);
          if (figure.cost !== null) said.push(`${outcome.contender.title} ${figure.cost.toPrecision(4)}`);
          if (scenario.fresh) await stop(outcome);
        });
      }
      around.say(`${scenario.id}, round ${round} of ${rounds}, ${scenario.unit}: ${said.join(', ') || '–'}`);
    }
  } finally {
    for (const outcome of able) await stop(outcome);
  }
  return { scenario, rounds, outcomes };
}

async function startContender(
  contender: Contender,
  { id, takesHeader, held }: Scenario,
  { load, endpoint, folder }: Surroundings,
): Promise<Subject> {
  const own = join(folder, `${id}-${contender.id}`);
  mkdirSync(own, { recursive: true });
  const running = await contender.start({
    listen: await freePort(),
    endpoint: endpoint.port,
    folder: own,
    takesHeader,
    sessions: held + MORE_SESSIONS,
  });
  return { contender, running, load, endpoint };
}
