import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';

/** An endpoint that is ready on no node, but for what a test says of it. */
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

/** The states of a pod that a slice tells. */
export const LEAVING = { ready: false, serving: true, terminating: true } as const;
export const UNREADY = { ready: false, serving: false, terminating: false } as const;
