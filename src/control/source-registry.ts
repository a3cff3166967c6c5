import type { EndpointSource, SourceRemark } from '../endpoints/endpoint-source.ts';
import type { SourceMaker } from './source-maker.ts';
import type { WantedSource } from './wanted-sources.ts';

export interface RegistryParts {
  readonly maker: SourceMaker;
  /** The state of a source is another one now. */
  readonly changed: (key: string) => void;
  readonly remark: (source: EndpointSource, remark: SourceRemark) => void;
  readonly after: (ms: number, run: () => void) => () => void;
}

/** The sources that run, each once, whoever shares it. */
export class SourceRegistry {
  readonly #parts: RegistryParts;
  readonly #sources = new Map<string, EndpointSource>();
  readonly #stopping = new Set<Promise<void>>();
  /** Who waits for sources to answer. */
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

  /** Starts those that do not run yet, all or none, and gives their keys. Throws what making one of them throws. */
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

  /** Stops all others. */
  keep(wanted: ReadonlyMap<string, unknown>): void {
    for (const [key, source] of this.#sources) {
      if (wanted.has(key)) continue;
      this.#sources.delete(key);
      const stopping = source.stop().finally(() => this.#stopping.delete(stopping));
      this.#stopping.add(stopping);
    }
  }

  /** Resolves once each of these has answered, or after so long. */
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
