import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';

/** Sorts in place by `text`, as code units are ordered: the same on every machine (E6). */
export function sortEndpoints(endpoints: KnownEndpoint[]): KnownEndpoint[] {
  return endpoints.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}
