import type { LoadFailure } from './failures.ts';
import type { Sight } from './played-clients.ts';
import { COUNT, type Samples } from './samples.ts';

interface MeasurementParts {
  readonly samples: Samples;
  readonly fromUs: number;
  readonly toUs: number;
  /** Held connections have no due times: each of their failures counts. */
  readonly isHeld: boolean;
}

const SIGHTS = {
  right: COUNT.rightClients,
  wrong: COUNT.wrongClients,
  unknown: COUNT.unknownClients,
} as const;

/**
 * Decides what of a crowd's work is measured. Results of an arrival count if it was due within the measurement, however
 * late they come; connections and bytes count if they happened within it. Times are microseconds of the sockets' clock.
 */
export class Measurement {
  readonly samples: Samples;
  /** Whether any connection was made, measured or not. */
  reached = false;
  /** Refused connections, measured or not. */
  refused = 0;
  readonly #fromUs: number;
  #toUs: number;
  readonly #isHeld: boolean;

  constructor({ samples, fromUs, toUs, isHeld }: MeasurementParts) {
    this.samples = samples;
    this.#fromUs = fromUs;
    this.#toUs = toUs;
    this.#isHeld = isHeld;
  }

  /** Whether an arrival that was due then is measured. */
  includes(due: number): boolean {
    return due >= this.#fromUs && due < this.#toUs;
  }

  /** Whether it has ended at that time. */
  hasEnded(now: number): boolean {
    return now >= this.#toUs;
  }

  /** Ends it early; later than planned is ignored. */
  end(atUs: number): void {
    this.#toUs = Math.min(this.#toUs, atUs);
  }

  /** Counts what happens now. */
  count(what: number, now: number, by = 1): void {
    if (this.includes(now)) this.samples.count(what, by);
  }

  connected(now: number): void {
    this.reached = true;
    this.count(COUNT.connections, now);
  }

  failed(due: number, failure: LoadFailure): void {
    if (failure === 'connect_refused') this.refused++;
    if (this.#isHeld || this.includes(due)) this.samples.fail(failure);
  }

  verified(due: number, sight: Sight): void {
    if (this.includes(due)) this.samples.count(SIGHTS[sight]);
  }

  /** An answer is complete and reports no error. */
  answered(due: number): void {
    if (this.includes(due)) this.samples.count(COUNT.goodAnswers);
  }
}
