import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender, Running } from './contender.ts';
import type { EndpointProcess } from './endpoint-process.ts';
import { freePort } from './free-port.ts';
import type { LoadProcess } from './load-process.ts';
import type { Figure, Scenario, Step, Subject } from './scenario.ts';

/** Spare sessions, because others may still be closing. */
const MORE_SESSIONS = 1000;

/** Time for the exit of a process to be reported; it explains more than the connections that ended with it. */
const NEWS_MS = 100;

/** Rounds in which `wrk` runs too. */
const CROSS_CHECKED = { full: 5, quick: 1 } as const;

/** The result of a contender in one step of a scenario. */
export interface Outcome {
  readonly contender: Contender;
  readonly step: Step;
  /** One a round; empty if it was not measured. */
  readonly figures: Figure[];
  /** Why it failed; figures from before the failure are discarded. */
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
  /** A folder for the contenders' files. */
  readonly folder: string;
  readonly quick: boolean;
  readonly say: (line: string) => void;
}

/** Runs the rounds of a scenario, contenders in turn within each. One that fails is reported and left out from then on. */
export async function runScenario(
  scenario: Scenario,
  contenders: readonly Contender[],
  rounds: number,
  around: Surroundings,
): Promise<Result> {
  const { steps, fresh, cost, crossCheck } = scenario;
  const crossChecked = CROSS_CHECKED[around.quick ? 'quick' : 'full'];
  const outcomes = steps.flatMap((step) =>
    contenders
      .filter(({ scenarios }) => scenarios.includes(scenario.id))
      .map((contender): Outcome => ({ contender, step, figures: [], failed: null })),
  );
  const able = outcomes.filter(({ contender }) => contender.missing === null);
  // Steps that need no other configuration share one process.
  const running = new Map<string, Running>();
  const stop = async (key: string): Promise<void> => {
    await running.get(key)?.stop();
    running.delete(key);
  };
  const ready = async (outcome: Outcome): Promise<Subject> => {
    const key = keyOf(outcome, scenario);
    const before = running.get(key);
    const subject = subjectOf(
      outcome,
      scenario,
      before ?? (await startContender(outcome, scenario, around)),
      around,
    );
    if (before === undefined) {
      running.set(key, subject.running);
      await scenario.warmUp(subject);
    }
    return subject;
  };
  const attempt = async (outcome: Outcome, task: () => Promise<void>): Promise<void> => {
    if (outcome.failed !== null) return;
    const key = keyOf(outcome, scenario);
    try {
      await task();
    } catch (error) {
      await sleep(NEWS_MS);
      outcome.failed = running.get(key)?.end() ?? (error as Error).message;
      outcome.figures.length = 0;
      around.say(`${scenario.id}: ${nameOf(outcome)}: ${outcome.failed}`);
      around.load.endAll();
      await stop(key);
    }
  };
  try {
    if (!fresh) for (const outcome of able) await attempt(outcome, async () => void (await ready(outcome)));
    for (let round = 1; round <= rounds; round++) {
      const said: string[] = [];
      for (const outcome of able) {
        await attempt(outcome, async () => {
          const subject = await ready(outcome);
          const figure = await scenario.measure(subject);
          const checked = round <= crossChecked ? await crossCheck?.(subject) : undefined;
          outcome.figures.push({ ...figure, ...checked });
          const figured = figure[cost.id];
          if (typeof figured === 'number') said.push(`${nameOf(outcome)} ${figured.toPrecision(4)}`);
          if (fresh) await stop(keyOf(outcome, scenario));
        });
      }
      around.say(`${scenario.id}, round ${round} of ${rounds}, ${cost.unit}: ${said.join(', ') || '–'}`);
    }
  } finally {
    for (const key of [...running.keys()]) await stop(key);
  }
  return { scenario, rounds, outcomes };
}

/** A contender's name, with the step if there are several. */
export function nameOf({ contender: { title }, step: { label } }: Outcome): string {
  return label === '' ? title : `${title}, ${label}`;
}

function keyOf({ contender, step }: Outcome, { threads, endpoints }: Scenario): string {
  return `${contender.id}-${threads?.(step) ?? 1}-${endpoints?.(step) ?? 1}`;
}

function subjectOf(
  { contender, step }: Outcome,
  { accepts, presents }: Scenario,
  running: Running,
  { load, endpoint, quick }: Surroundings,
): Subject {
  // Without a proxy, nothing takes a header off or adds one.
  const header = running.pids.length === 0 ? accepts : presents ? contender.header : 'none';
  return { contender, step, running, header, load, endpoint, quick };
}

async function startContender(
  outcome: Outcome,
  scenario: Scenario,
  { endpoint, folder }: Surroundings,
): Promise<Running> {
  const { accepts, presents, held, work, threads, endpoints } = scenario;
  const { contender, step } = outcome;
  const own = join(folder, `${scenario.id}-${keyOf(outcome, scenario)}`);
  mkdirSync(own, { recursive: true });
  return contender.start({
    listen: await freePort(),
    endpoints: addressesOf(endpoints?.(step) ?? 1, endpoint.ports[work]),
    folder: own,
    accepts,
    presents,
    sessions: held + MORE_SESSIONS,
    threads: threads?.(step) ?? 1,
  });
}

/** Loopback addresses of the endpoint. */
function addressesOf(count: number, port: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    // 127.0.0.1 is the first.
    const number = at + 1;
    return `127.0.${number >> 8}.${number & 255}:${port}`;
  });
}
