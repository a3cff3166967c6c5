import { createStaticSource } from '../discovery/static-source.ts';
import type { EndpointSource, SourceRemark } from '../endpoints/endpoint-source.ts';
import type { NamedSources, NamedSourcesOptions, SharedRemark } from './named-sources.ts';
import type { WantedSource } from './wanted-sources.ts';

/** Makes the sources that configurations name. Tests bring their own. */
export interface SourceMaker {
  /** Loads the code that these sources need, so that a sidecar with one fixed address starts fast and stays small. */
  prepare(wanted: Iterable<WantedSource>): Promise<void>;
  /** Makes a prepared source. Throws a `ConfigError` if the API of Kubernetes is needed and no access to it is configured. */
  create(wanted: WantedSource): EndpointSource;
  /** The namespace of Services that are written without one; empty until a Service is wanted. */
  readonly namespace: string;
  /** Sets who gets remarks about what sources share, such as the API of Kubernetes. */
  listen(hear: SharedRemark): void;
  /** Closes what sources share. Stop the sources before. */
  stop(): void;
}

/** The maker of real sources: fixed addresses, DNS and Kubernetes. */
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

export interface RegistryParts {
  readonly maker: SourceMaker;
  /** The state of a source has changed. */
  readonly changed: (key: string) => void;
  readonly remark: (source: EndpointSource, remark: SourceRemark) => void;
  readonly after: (ms: number, run: () => void) => () => void;
}

/** The running sources. Listeners that name the same one share it. */
export class SourceRegistry {
  readonly #parts: RegistryParts;
  readonly #sources = new Map<string, EndpointSource>();
  readonly #stopping = new Set<Promise<void>>();
  /** Called after each change of a source, by whoever waits for answers. */
  readonly #waiting = new Set<() => void>();

  constructor(parts: RegistryParts) {
    this.#parts = parts;
  }

  get all(): Iterable<EndpointSource> {
    return this.#sources.values();
  }

  get(key: string): EndpointSource {
    return this.#sources.get(key)!;
  }

  /** Starts those that do not run yet and returns their keys. If making one throws, none is started. */
  add(wanted: Iterable<WantedSource>): readonly string[] {
    const { maker } = this.#parts;
    const fresh = [...wanted].filter(({ key }) => !this.#sources.has(key));
    const made = fresh.map((each) => [each.key, maker.create(each)] as const);
    for (const [key, source] of made) {
      this.#sources.set(key, source);
      source.start({
        changed: () => {
          this.#parts.changed(key);
          for (const look of this.#waiting) look();
        },
        remark: (remark) => this.#parts.remark(source, remark),
      });
    }
    return made.map(([key]) => key);
  }

  /** Stops every source that is not wanted. */
  keep(wanted: ReadonlyMap<string, unknown>): void {
    for (const [key, source] of this.#sources) {
      if (wanted.has(key)) continue;
      this.#sources.delete(key);
      const stopping = source.stop().finally(() => this.#stopping.delete(stopping));
      this.#stopping.add(stopping);
    }
  }

  /** Resolves once each of these sources has answered, or after `withinMs`. */
  answered(keys: readonly string[], withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#waiting.delete(look);
        resolve();
      };
      const cancel = this.#parts.after(withinMs, done);
      const look = () => {
        if (keys.every((key) => this.#sources.get(key)?.state.synced !== false)) done();
      };
      this.#waiting.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.keep(new Map());
    await Promise.all(this.#stopping);
    this.#parts.maker.stop();
  }
}
