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
  const wanted = echoSources(names);
  const remarks = createRemarkLog(log, clock);
  let sources: readonly (readonly [kind: WantedSource['kind'], source: EndpointSource])[] = [];
  return {
    get states() {
      return sources.map(
        ([
          kind,
          {
            name,
            state: { synced, endpoints },
          },
        ]) => {
          return { name, isFixed: kind === 'addresses', synced, endpoints };
        },
      );
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

/** A source of a Service has one address of each pod, so that each family needs one of its own. */
function echoSources(names: readonly EndpointName[]): readonly WantedSource[] {
  const to = names.map((name) => ({ name, weight: 1, backup: false }));
  const of = (family: '4' | '6') => poolSources({ to, family, endpointCidrs: [] });
  const both = [...of('4'), ...of('6')];
  return [...new Map(both.map((wanted) => [wanted.key, wanted])).values()];
}
