import type { SourceMaker } from '../../src/control/source-registry.ts';
import type { WantedSource } from '../../src/control/wanted-sources.ts';
import { createStaticSource } from '../../src/discovery/static-source.ts';
import type {
  EndpointSource,
  SourceListener,
  SourceRemark,
  SourceState,
} from '../../src/endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';
import { stateOf } from './known.ts';

/** A source whose answers a test scripts. */
export interface ScriptedSource extends EndpointSource {
  readonly running: boolean;
  /** It knows these now; the first time it has answered. */
  tell(endpoints: readonly KnownEndpoint[], parts?: Partial<SourceState>): void;
  remark(remark: SourceRemark): void;
}

export function scriptedSource(name: string): ScriptedSource {
  let listener: SourceListener | null = null;
  let state = stateOf([], { generation: 0, synced: false });
  return {
    name,
    get state() {
      return state;
    },
    get health() {
      return { synced: state.synced, lastEventAt: null, errors: new Map() };
    },
    get running() {
      return listener !== null;
    },
    start(to) {
      listener = to;
    },
    async stop() {
      listener = null;
    },
    tell(endpoints, parts = {}) {
      state = stateOf(endpoints, { generation: state.generation + 1, ...parts });
      listener?.changed();
    },
    remark: (remark) => listener?.remark(remark),
  };
}

/** Makes scripted sources of names, and true ones of addresses. `made` has all of them, by key, the last of each. */
export function scriptedMaker(): SourceMaker & {
  readonly made: Map<string, ScriptedSource>;
  /** The one of this name, as it was written. */
  of(name: string): ScriptedSource;
} {
  const made = new Map<string, ScriptedSource>();
  return {
    made,
    prepare: async () => {},
    of: (name) => [...made.values()].findLast((source) => source.name === name)!,
    create(wanted: WantedSource) {
      if (wanted.kind === 'addresses') return createStaticSource(wanted.addresses);
      const source = scriptedSource(wanted.name.text);
      made.set(wanted.key, source);
      return source;
    },
    namespace: 'herald',
    listen() {},
    stop() {},
  };
}
