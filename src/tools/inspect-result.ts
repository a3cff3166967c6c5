import type { Absent, Command, Family, Incomplete, Invalid, Transport } from '../wire/index.ts';
import type { InspectedSsl } from './inspect-ssl.ts';

export type InspectedAddress =
  | { readonly address: string; readonly port: number }
  | { readonly path: string };

/** `name` only where it is known whose the TLV is, `text` only where the value has one, `ssl` with SSL: null is unreadable. */
export interface InspectedTlv {
  readonly type: number;
  readonly name?: string;
  readonly value: string;
  readonly text?: string;
  readonly ssl?: InspectedSsl | null;
}

export interface InspectedHeader {
  readonly status: 'header';
  readonly version: 1 | 2;
  readonly command: Command;
  readonly family: Family;
  readonly transport: Transport;
  readonly source: InspectedAddress | null;
  readonly destination: InspectedAddress | null;
  readonly tlvs: readonly InspectedTlv[];
  readonly length: number;
  readonly payload: string;
}

/** One line of `herald inspect --json`, keys in the order of the manual; all text in it is escaped. */
export type InspectResult = InspectedHeader | Incomplete | Absent | Invalid;
