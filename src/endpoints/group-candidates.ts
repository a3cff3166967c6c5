import type { Picker } from './balance/picker.ts';
import type { CandidateOrder } from './candidate-order.ts';
import type { Ring } from './ring.ts';
import type { Endpoint, Snapshot } from './snapshot.ts';

/** Some endpoints that a session tries before others, and who chooses among them. */
export interface Stage {
  readonly ring: Ring;
  readonly picker: Picker;
}

/** Stages by their numbers, and their order. They do not change. `client` is null unless clients are hashed. */
export interface Stages {
  /** The stage to try after those in `visited`, which are in the order of the visits; -1: there is none. */
  after(visited: ReadonlySet<number>, client: Uint8Array | null): number;
  stage(at: number): Stage;
}

/** What a session remembers from its second endpoint on. */
interface Trials {
  /** Tried positions of the stage. */
  readonly positions: Set<number>;
  /** Tried endpoints: one may belong to several stages. */
  readonly slots: Set<number>;
  readonly stages: Set<number>;
}

/** The candidates of a pool with destinations: first those of one destination, then those of the stages that follow it. */
export class GroupCandidates implements CandidateOrder {
  readonly empty: Snapshot['empty'] | null;
  readonly #stages: Stages;
  readonly #attempts: number;
  readonly #client: Uint8Array | null;
  #count = 0;
  /** The number of the stage; -1 after the last one. */
  #at: number;
  /** The position of the endpoint that `next` returned last; before that, of the first one. */
  #position: number;
  #following: Endpoint | null;
  #trials: Trials | null = null;

  /** Begins with position `start` of stage `at`; -1: there is nothing to try, for the reason `empty`. */
  constructor(
    stages: Stages,
    at: number,
    start: number,
    attempts: number,
    client: Uint8Array | null,
    empty: Snapshot['empty'] | null,
  ) {
    this.#stages = stages;
    this.#at = at;
    this.#position = start;
    this.#attempts = attempts;
    this.#client = client;
    this.empty = empty;
    this.#following = at < 0 ? null : stages.stage(at).ring.endpoints[start]!;
  }

  get tried(): number {
    return this.#count;
  }

  get following(): Endpoint | null {
    if (this.#count >= this.#attempts) return null;
    if (this.#following === null && this.#at >= 0) this.#following = this.#find();
    return this.#following;
  }

  next(): Endpoint | null {
    const endpoint = this.following;
    if (endpoint !== null) this.#count++;
    this.#following = null;
    return endpoint;
  }

  #find(): Endpoint | null {
    const trials = this.#trials ?? this.#begin();
    this.#trials = trials;
    for (;;) {
      const { ring, picker } = this.#stages.stage(this.#at);
      if (trials.positions.size < ring.size) {
        this.#position = picker.pick(ring, this.#client, trials.positions);
        trials.positions.add(this.#position);
        const endpoint = ring.endpoints[this.#position]!;
        if (trials.slots.has(endpoint.slot)) continue;
        trials.slots.add(endpoint.slot);
        return endpoint;
      }
      trials.stages.add(this.#at);
      trials.positions.clear();
      this.#at = this.#stages.after(trials.stages, this.#client);
      if (this.#at < 0) return null;
    }
  }

  #begin(): Trials {
    const { slot } = this.#stages.stage(this.#at).ring.endpoints[this.#position]!;
    return { positions: new Set([this.#position]), slots: new Set([slot]), stages: new Set() };
  }
}
