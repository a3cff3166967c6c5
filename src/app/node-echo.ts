import type { EndpointName } from '../config/config.ts';
import { createRemarkLog } from '../control/remark-log.ts';
import type { SourceMaker } from '../control/source-registry.ts';
import { poolSources, type WantedSource } from '../control/wanted-sources.ts';
import type { EndpointSource } from '../endpoints/endpoint-source.ts';
import type { Clock } from '../observe/clock.ts';
import type { Log } from '../observe/log.ts';
import type { EchoSources } from '../transparent/node-proof.ts';

/** The echoes of `--node-echo`, of both families; null without any. Stop it before `maker`. */
export function createNodeEcho(
  names: readonly EndpointName[],
  { maker, log, clock }: { readonly maker: SourceMaker; readonly log: Log; readonly clock: Clock },
): EchoSources | null {
  if (names.length === 0) return null;
  const to = names.map((name) => ({ name, weight: 1, backup: false }));
  // Each family is proven by itself.
  const wanted = poolSources({ to, family: 'auto', endpointCidrs: [], present: 'transparent' });
  const remarks = createRemarkLog(log, clock);
  let sources: readonly (readonly [kind: WantedSource['kind'], source: EndpointSource])[] = [];
  return {
    get states() {
      return sources.map(([kind, { name, state }]) => {
        const { synced, endpoints } = state;
        return { name, isFixed: kind === 'addresses', synced, endpoints };
      });
    },
    async start(changed) {
      await maker.prepare(wanted);
      sources = wanted.map((each) => [each.kind, maker.create(each)]);
      for (const [, source] of sources)
        source.start({ changed, remark: (each) => remarks.add(source.name, each) });
    },
    async stop() {
      remarks.stop();
      await Promise.all(sources.map(([, source]) => source.stop()));
    },
  };
}
