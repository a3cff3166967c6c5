import { createHash } from 'node:crypto';
import type { ParsedAddress } from '../address/socket-address.ts';
import { addressText } from '../app/plan-of.ts';
import type { Config, ListenerOptions, MachineAddress } from '../config/config.ts';

/** 127.0.0.1, where all of a demo happens. */
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const NOBODY = { cidrs: [], unix: false } as const;
/** Who may play a client by a header: this machine. */
const THIS_MACHINE = { cidrs: [{ ip: Uint8Array.of(127, 0, 0, 0), prefix: 8 }], unix: false } as const;
const NOWHERE: MachineAddress = { address: null, asked: false };

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
  readonly machines: boolean;
}

export function loopback(port: number): ParsedAddress {
  return { kind: 'tcp', ip: LOOPBACK, port };
}

/** The configuration of a demo's Herald, complete: a few sessions, a log of all endings as JSON, no patience at the end. */
export function demoConfig({ listeners, endpoint, played, machines }: DemoConfig): Config {
  const written = {
    version: 1,
    listeners: listeners.map(({ name, port, present }) => ({
      name,
      listen: addressText(loopback(port)),
      to: addressText(endpoint),
      present,
      ...(played ? { expect: 'any', header: 'optional', trust: ['127.0.0.0/8'] } : {}),
    })),
  };
  return {
    process: {
      engine: 'net',
      metrics: machines ? { address: loopback(9464), asked: false } : NOWHERE,
      admin: machines ? { address: loopback(9465), asked: false } : NOWHERE,
      drainDelay: 0,
      drainTimeout: 1000,
      logLevel: 'info',
      logFormat: 'json',
      accessLog: 'all',
      logClients: 'full',
      logTlvs: [],
    },
    listeners: listeners.map((listener) => listenerOptions(listener, endpoint, played)),
    warnings: [],
    remarks: [],
    written,
    hash: createHash('sha256').update(JSON.stringify(written)).digest('hex').slice(0, 12),
  };
}

function listenerOptions(listener: DemoListener, endpoint: ParsedAddress, played: boolean): ListenerOptions {
  return {
    name: listener.name,
    listen: loopback(listener.port),
    to: [endpoint],
    expect: played ? 'any' : 'none',
    trust: played ? THIS_MACHINE : NOBODY,
    plain: NOBODY,
    header: played ? 'optional' : 'required',
    headerTimeout: 5000,
    maxHeader: 4096,
    present: listener.present,
    tlv: { pass: [], add: [] },
    crc32c: false,
    uniqueId: false,
    ejectAfter: 5,
    ejectFor: 10_000,
    ejectMax: 0.5,
    connectTimeout: 2000,
    attempts: 3,
    idleTimeout: 3_600_000,
    halfCloseTimeout: 60_000,
    keepalive: 60_000,
    maxSessionAge: 0,
    maxSessions: 1000,
    maxSessionsPerClient: 0,
    overLimit: 'wait',
  };
}
