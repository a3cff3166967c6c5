import { createStaticSource } from '../discovery/static-source.ts';
import type { EndpointSource } from '../endpoints/endpoint-source.ts';
import type { NamedSources, NamedSourcesOptions, SharedRemark } from './named-sources.ts';
import type { WantedSource } from './wanted-sources.ts';

/** Makes the sources that configurations name. Tests hand in their own. */
export interface SourceMaker {
  /** Loads what these need: a sidecar in front of one address is small, and up within moments. */
  prepare(wanted: Iterable<WantedSource>): Promise<void>;
  /** Makes one that was prepared. Throws a `ConfigError` where there is no way to the API of Kubernetes. */
  create(wanted: WantedSource): EndpointSource;
  /** The namespace of Services that are written without one; empty where no Service was wanted yet. */
  readonly namespace: string;
  /** Who hears what is to be said of something that sources share, and not of one of them: the API of Kubernetes. */
  listen(hear: SharedRemark): void;
  /** Closes what sources share; they are stopped before. */
  stop(): void;
}

/** Sources as they are in earnest. */
export function createSourceMaker(options: NamedSourcesOptions): SourceMaker {
  let named: NamedSources | null = null;
  let hear: SharedRemark = () => {};
  return {
    listen(given) {
      hear = given;
    },
    async prepare(wanted) {
      if (named !== null || [...wanted].every(({ kind }) => kind === 'addresses')) return;
      const { createNamedSources } = await import('./named-sources.ts');
      named ??= createNamedSources(options, (of, remark) => hear(of, remark));
    },
    create(wanted) {
      return wanted.kind === 'addresses' ? createStaticSource(wanted.addresses) : named!.create(wanted);
    },
    get namespace() {
      return named?.namespace ?? '';
    },
    stop: () => named?.stop(),
  };
}
