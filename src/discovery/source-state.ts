import type { SourceState } from '../endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';

/** Holds the state of a source, which is replaced as a whole. */
export interface StateHolder {
  readonly current: SourceState;
  /** Replaces the state. Returns false, and keeps the generation, if nothing has changed. */
  replace(next: Omit<SourceState, 'generation' | 'synced'>): boolean;
}

const UNKNOWN: SourceState = { generation: 0, synced: false, endpoints: [], addresses: [], service: null };

/** Nothing is known at first; the first `replace` makes it synced. */
export function createSourceState(): StateHolder {
  return new HeldState();
}

class HeldState implements StateHolder {
  #current = UNKNOWN;

  get current(): SourceState {
    return this.#current;
  }

  replace({ endpoints, addresses, service }: Parameters<StateHolder['replace']>[0]): boolean {
    const before = this.#current;
    if (before.synced && isSameState(before, { endpoints, addresses, service })) return false;
    this.#current = { generation: before.generation + 1, synced: true, endpoints, addresses, service };
    return true;
  }
}

function isSameState(a: SourceState, b: Omit<SourceState, 'generation' | 'synced'>): boolean {
  return (
    a.endpoints.length === b.endpoints.length &&
    a.addresses.length === b.addresses.length &&
    JSON.stringify(a.service) === JSON.stringify(b.service) &&
    a.endpoints.every((endpoint, at) => isSameEndpoint(endpoint, b.endpoints[at]!)) &&
    a.addresses.every((address, at) => Buffer.compare(address, b.addresses[at]!) === 0)
  );
}

function isSameEndpoint(a: KnownEndpoint, b: KnownEndpoint): boolean {
  return (
    a.text === b.text &&
    a.ready === b.ready &&
    a.serving === b.serving &&
    a.terminating === b.terminating &&
    a.node === b.node &&
    a.zone === b.zone &&
    a.record?.host === b.record?.host &&
    a.record?.priority === b.record?.priority &&
    a.record?.weight === b.record?.weight &&
    isSameList(a.forNodes, b.forNodes) &&
    isSameList(a.forZones, b.forZones) &&
    isSameList(a.forFamilies ?? BOTH, b.forFamilies ?? BOTH)
  );
}

const BOTH = [4, 6] as const;

function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at]);
}
