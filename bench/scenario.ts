import type { Contender, Running, ScenarioId } from './contender.ts';
import type { EndpointProcess } from './endpoint-process.ts';
import type { LoadProcess } from './load-process.ts';

/** A contender that runs, with what is around it. */
export interface Subject {
  readonly contender: Contender;
  readonly running: Running;
  readonly load: LoadProcess;
  readonly endpoint: EndpointProcess;
}

/** What one round gives. */
export interface Figure {
  /** In the scenario's unit; null where there is no process to look at. */
  readonly cost: number | null;
  /** In the scenario's unit of speed; null where that says nothing. */
  readonly rate: number | null;
}

export interface Scenario {
  readonly id: ScenarioId;
  readonly title: string;
  /** What a round is, and what its figure is: a sentence for the table's head. */
  readonly text: string;
  readonly unit: string;
  readonly rateUnit: string | null;
  /** Rounds by default, and with `--quick`. */
  readonly rounds: number;
  readonly quickRounds: number;
  /** Whether each round has a process of its own: memory that was once taken is not given back. */
  readonly fresh: boolean;
  /** Sessions at once. */
  readonly held: number;
  readonly takesHeader: boolean;
  /** Before the first round that counts, or before each where `fresh`. */
  warmUp(subject: Subject): Promise<void>;
  /** One round. Rejects where anything of it went wrong. */
  measure(subject: Subject): Promise<Figure>;
}
