/** A rule of the simulation is broken; the run adds the seed and the event. */
export class Violation extends Error {}

/** Ends the run of this seed. */
export function fail(message: string): never {
  throw new Violation(message);
}
