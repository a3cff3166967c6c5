import type { Destination, EndpointName } from '../../src/config/config.ts';

/** Destinations of the weight 1. */
export function evenly(...names: readonly EndpointName[]): Destination[] {
  return names.map((name) => ({ name, weight: 1, backup: false }));
}
