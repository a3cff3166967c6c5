import type { Contender, Header, Running, ScenarioId } from './contender.ts';
import type { EndpointProcess } from './endpoint-process.ts';
import type { LoadProcess } from './load-process.ts';
import type { Work } from './ports.ts';

/** What is varied within a scenario; most have one step without a name. */
export interface Step {
  readonly label: string;
  readonly value: number;
}

export const ONE_STEP: readonly Step[] = [{ label: '', value: 0 }];

/** A contender that runs, with what is around it. */
export interface Subject {
  readonly contender: Contender;
  readonly step: Step;
  readonly running: Running;
  /** The header that must reach the endpoint. */
  readonly header: Header;
  readonly load: LoadProcess;
  /** To see that all works, not to compare: everything takes half the time. */
  readonly quick: boolean;
  readonly endpoint: EndpointProcess;
}

/** One figure of a round. Lower is better where contenders are compared by it. */
export interface Measure {
  readonly id: string;
  readonly unit: string;
}

/** What one round gives, by the measures' ids; null, or nothing, where there is no such figure. */
export type Figure = Readonly<Record<string, number | null>>;

/** How a scenario's table looks. */
export type Layout = 'contenders' | 'steps' | 'latency';

export interface Scenario {
  readonly id: ScenarioId;
  readonly title: string;
  /** What a round is, and what its figure is: a sentence for the table's head. */
  readonly text: string;
  readonly layout: Layout;
  /** What contenders are compared by. */
  readonly cost: Measure;
  /** How fast it went; null where that says nothing. */
  readonly rate: Measure | null;
  readonly steps: readonly Step[];
  /** Those of `--quick`, where not all are. */
  readonly quickSteps?: readonly Step[];
  /** Rounds by default, and with `--quick`. */
  readonly rounds: number;
  readonly quickRounds: number;
  /** Whether each round has a process of its own: memory that was once taken is not given back. */
  readonly fresh: boolean;
  /** Sessions at once. */
  readonly held: number;
  /** The header that clients send; it is taken off. */
  readonly takes: Header;
  readonly presents: boolean;
  /** Which of the endpoint's ports. */
  readonly work: Work;
  readonly threads?: (step: Step) => number;
  readonly endpoints?: (step: Step) => number;
  /** Before the first round that counts, or before each where `fresh`. */
  warmUp(subject: Subject): Promise<void>;
  /** One round. Rejects where anything of it went wrong. */
  measure(subject: Subject): Promise<Figure>;
  /** The same by another load generator, in the first rounds; null where it is not installed. */
  readonly crossCheck?: ((subject: Subject) => Promise<Figure>) | null;
}
