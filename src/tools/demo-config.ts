import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { Config, ListenerOptions } from '../config/config.ts';
import { configFromValue } from '../config/config-from-value.ts';

/** 127.0.0.1, where all of a demo happens. */
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
export interface DemoListener {
  readonly name: string;
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly present: ListenerOptions['present'];
}

export interface DemoConfig {
  readonly listeners: readonly DemoListener[];
  readonly endpoint: ParsedAddress;
  /** Clients may come with a PROXY header that plays another source. */
  readonly played: boolean;
  /** `--metrics` and `--admin` at their usual places, where these are free. */
  readonly ops: boolean;
}

export function loopback(port: number): ParsedAddress {
  return { kind: 'tcp', ip: LOOPBACK, port };
}

/** The configuration of a demo's Herald: a log of all endings, as JSON. */
export function demoConfig({ listeners, endpoint, played, ops }: DemoConfig): Config {
  const value = {
    version: 1,
    logFormat: 'json',
    accessLog: 'all',
    // Where nobody wrote them down, a taken port is a warning and no error.
    ...(ops ? {} : { metrics: 'none', admin: 'none' }),
    listeners: listeners.map(({ name, port, present }) => ({
      name,
      listen: addressText(loopback(port)),
      to: addressText(endpoint),
      present,
      ...(played ? { expect: 'any', header: 'optional', trust: ['127.0.0.0/8'] } : {}),
    })),
  };
  return configFromValue(value, {});
}
