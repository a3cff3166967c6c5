import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { Config, ListenerOptions } from '../config/config.ts';
import { configFromValue } from '../config/config-from-value.ts';

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

export interface DemoListener {
  readonly name: string;
  /** On 127.0.0.1; 0 chooses a free one. */
  readonly port: number;
  readonly present: ListenerOptions['present'];
}

export interface DemoConfig {
  readonly listeners: readonly DemoListener[];
  readonly endpoint: ParsedAddress;
  /** Clients may play another address by a PROXY header. */
  readonly played: boolean;
  /** Whether metrics and admin are served at their default addresses, if these are free. */
  readonly ops: boolean;
}

export function loopback(port: number): ParsedAddress {
  return { kind: 'tcp', ip: LOOPBACK, port };
}

/** The configuration of the demo's Herald. It logs the end of every session as JSON, which the demo reads. */
export function demoConfig({ listeners, endpoint, played, ops }: DemoConfig): Config {
  const value = {
    version: 1,
    logFormat: 'json',
    accessLog: 'all',
    // Not set if wanted: a default address that is taken is a warning, a configured one an error.
    ...(ops ? {} : { metrics: 'none', admin: 'none' }),
    listeners: listeners.map(({ name, port, present }) => ({
      name,
      listen: addressText(loopback(port)),
      to: addressText(endpoint),
      present,
      ...(played ? { acceptProxy: 'any', proxyHeader: 'optional', trust: ['127.0.0.0/8'] } : {}),
    })),
  };
  return configFromValue(value, {});
}
