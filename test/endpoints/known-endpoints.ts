import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';

/** A ready endpoint without a node, with the overrides of a test. */
export function known(text: string, parts: Partial<KnownEndpoint> = {}): KnownEndpoint {
  return {
    ip: Uint8Array.of(10, 0, 0, 1),
    port: 80,
    path: null,
    text,
    node: null,
    zone: null,
    ready: true,
    serving: true,
    terminating: false,
    forNodes: [],
    forZones: [],
    ...parts,
  };
}

/** The conditions of a pod in a slice. */
export const LEAVING = { ready: false, serving: true, terminating: true } as const;
export const UNREADY = { ready: false, serving: false, terminating: false } as const;
