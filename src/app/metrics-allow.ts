import type { IpSet } from '../address/ip-set.ts';
import type { PeerSet } from '../config/config.ts';
import type { SourceMaker } from '../control/source-registry.ts';
import { peerSources, resolvePeers } from '../control/wanted-sources.ts';
import type { EndpointSource, SourceRemark } from '../endpoints/endpoint-source.ts';

/** The peers of `--metrics-allow` as they are now: CIDRs, and the addresses of Services and names. */
export interface MetricsAllow {
  readonly current: IpSet;
  start(remark: (of: string, remark: SourceRemark) => void): Promise<void>;
  stop(): Promise<void>;
}

export function createMetricsAllow(peers: PeerSet, maker: SourceMaker): MetricsAllow {
  const wanted = peerSources(peers);
  let sources: readonly EndpointSource[] = [];
  let current = resolvePeers(peers, []);
  const resolve = () => {
    current = resolvePeers(
      peers,
      sources.map(({ state }) => state),
    );
  };
  return {
    get current() {
      return current;
    },
    async start(remark) {
      await maker.prepare(wanted);
      sources = wanted.map((each) => maker.create(each));
      for (const source of sources)
        source.start({ changed: resolve, remark: (each) => remark(source.name, each) });
    },
    async stop() {
      await Promise.all(sources.map((source) => source.stop()));
    },
  };
}
