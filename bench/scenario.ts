import type { Contender, Header, Running, ScenarioId } from './contender.ts';
import type { EndpointProcess } from './endpoint-process.ts';
import type { LoadProcess } from './load-process.ts';
import type { Work } from './ports.ts';

/** A value that a scenario varies; most scenarios have one step without a name. */
export interface Step {
  readonly label: string;
  readonly value: number;
}

export const ONE_STEP: readonly Step[] = [{ label: '', value: 0 }];

/** A running contender and its surroundings. */
export interface Subject {
  readonly contender: Contender;
  readonly step: Step;
  readonly running: Running;
  /** The header that must reach the endpoint. */
  readonly header: Header;
  readonly load: LoadProcess;
  /** A check that everything works, in half the time; not for comparisons. */
  readonly quick: boolean;
  readonly endpoint: EndpointProcess;
}

/** One figure of a round. If contenders are compared by it, lower is better. */
export interface Measure {
  readonly id: string;
  readonly unit: string;
}

/** The figures of one round by the measures' ids; null or missing if there is none. */
export type Figure = Readonly<Record<string, number | null>>;

/** The layout of a scenario's table. */
export type Layout = 'contenders' | 'steps' | 'latency';

export interface Scenario {
  readonly id: ScenarioId;
  readonly title: string;
  /** What a round and its figure are: the text above the table. */
  readonly text: string;
  readonly layout: Layout;
  /** The measure that contenders are compared by. */
  readonly cost: Measure;
  /** The rate; null if it is not meaningful. */
  readonly rate: Measure | null;
  readonly steps: readonly Step[];
  /** The steps of `--quick`, if not all. */
  readonly quickSteps?: readonly Step[];
  /** Rounds by default, and with `--quick`. */
  readonly rounds: number;
  readonly quickRounds: number;
  /** Whether each round has a process of its own, because a process does not return all memory. */
  readonly fresh: boolean;
  /** Simultaneous sessions. */
  readonly held: number;
  /** The header that clients send, which the contender takes off. */
  readonly accepts: Header;
  readonly presents: boolean;
  /** The port of the endpoint. */
  readonly work: Work;
  readonly threads?: (step: Step) => number;
  readonly endpoints?: (step: Step) => number;
  /** Runs before the first measured round, or before each if `fresh`. */
  warmUp(subject: Subject): Promise<void>;
  /** One round. Rejects if anything failed. */
  measure(subject: Subject): Promise<Figure>;
  /** The same load by `wrk`, in the first rounds; null if it is not installed. */
  readonly crossCheck?: ((subject: Subject) => Promise<Figure>) | null;
}
