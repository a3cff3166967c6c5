import type { Cidr } from '../address/cidr.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { FixedTlv } from '../proxy/plan.ts';

/** `--trust`, `--plain`: who is meant. `unix` stands for every peer of a unix socket. */
export interface Sources {
  readonly cidrs: readonly Cidr[];
  readonly unix: boolean;
}

/** `--tlv`, all its values together. */
export interface TlvOptions {
  readonly pass: 'all' | readonly number[];
  readonly add: readonly FixedTlv[];
}

/** One listener, complete: every default is in. Durations are milliseconds (0: off), sizes bytes. */
export interface ListenerOptions {
  readonly name: string;
  readonly listen: ParsedAddress;
  readonly to: readonly ParsedAddress[];
  readonly expect: 'none' | 'v1' | 'v2' | 'any';
  readonly trust: Sources;
  readonly plain: Sources;
  readonly header: 'required' | 'optional';
  readonly headerTimeout: number;
  readonly maxHeader: number;
  readonly present: 'none' | 'v1' | 'v2' | 'forwarded';
  readonly tlv: TlvOptions;
  readonly crc32c: boolean;
  readonly uniqueId: boolean;
  readonly forwardedTrust: Sources;
  readonly ejectAfter: number;
  readonly ejectFor: number;
  /** A share from 0 to 1. */
  readonly ejectMax: number;
  /** Empty: the kernel chooses. */
  readonly source: readonly Cidr[];
  readonly connectTimeout: number;
  readonly attempts: number;
  readonly idleTimeout: number;
  readonly halfCloseTimeout: number;
  readonly keepalive: number;
  readonly userTimeout: number;
  readonly maxSessionAge: number;
  /** null: what descriptors and memory allow. */
  readonly maxSessions: number | null;
  /** 0: no limit. */
  readonly maxSessionsPerClient: number;
  readonly overLimit: 'wait' | 'refuse';
}

/** An address for machines. `asked`: somebody wrote it down, so that a taken port is an error and not a warning. */
export interface MachineAddress {
  readonly address: ParsedAddress | null;
  readonly asked: boolean;
}

/** Options of the process, complete. */
export interface ProcessOptions {
  readonly engine: 'auto' | 'epoll' | 'net';
  /** null: as many as the container's share of processors allows. */
  readonly threads: number | null;
  readonly metrics: MachineAddress;
  readonly admin: MachineAddress;
  readonly drainDelay: number;
  readonly drainTimeout: number;
  readonly watchConfig: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'auto' | 'json' | 'text';
  readonly accessLog: 'none' | 'errors' | 'all';
  readonly logClients: 'full' | 'prefix' | 'none';
  /** Types of TLVs whose text joins the access log. */
  readonly logTlvs: readonly number[];
}

/** A whole configuration: from flags, environment and file, checked, with every default. */
export interface Config {
  readonly process: ProcessOptions;
  readonly listeners: readonly ListenerOptions[];
  /** Things that are allowed but deserve a word at start, each one line. */
  readonly warnings: readonly string[];
  /** Remarks for `--log-level debug`: unknown `HERALD_*` variables. */
  readonly remarks: readonly string[];
  /** The configuration as text values, defaults in, as `/config` shows it: the shape of a file. */
  readonly written: unknown;
  /** Of `written`: `herald_build_info` shows it. 12 hexadecimal digits. */
  readonly hash: string;
}
