import { type Cidr, parseCidr } from '../address/cidr.ts';
import { createIpSet } from '../address/ip-set.ts';
import type { AdmissionPlan } from '../plan/plan.ts';
import type { Refusal } from './refusal.ts';
import { warnOnce } from './refusal.ts';

/** What `acceptProxyProtocol` is told. Trust is configured, never guessed from what a peer sends (spec §5). */
export interface AcceptOptions {
  /** CIDRs, and `unix`: the peers that may send a header. No default; everyone is `0.0.0.0/0` and `::/0`. */
  readonly trust: readonly string[];
  /** CIDRs, and `unix`: peers that come without a header, as clients of their own. Trust wins over plain. */
  readonly plain?: readonly string[];
  /** Whether a trusted peer has to send one. Default `required`. */
  readonly header?: 'required' | 'optional';
  /** The versions that are taken. Default `any`. */
  readonly expect?: 'any' | 'v1' | 'v2';
  /** From the accept to the last byte of the header, whatever moves meanwhile. At least 3000, default 5000. */
  readonly headerTimeoutMs?: number;
  /** The cap on a whole v2 header, 16 to 65551. Default 4096. */
  readonly maxHeaderBytes?: number;
  /** How many sockets may wait for their header; one more ends the wait of the oldest. Default 4096. */
  readonly maxPending?: number;
  /** Told once of each refused connection. Without it the first one of the server is a warning of the process. */
  readonly onRefused?: (refusal: Refusal) => void;
}

/** The options, complete and checked. */
export interface AcceptPlan {
  readonly admission: AdmissionPlan;
  readonly maxPending: number;
  readonly onRefused: (refusal: Refusal) => void;
}

const DEFAULTS = {
  header: 'required',
  expect: 'any',
  headerTimeoutMs: 5000,
  maxHeaderBytes: 4096,
  // At some 10 KB a socket 40 MB, and far more than a balancer that sends its header at once keeps waiting.
  maxPending: 4096,
} as const;

const NAMES = ['trust', 'plain', 'onRefused', ...Object.keys(DEFAULTS)];
/** Spec §2: a receiver may time out, but not before one retransmission of TCP, 3 s. */
const MIN_TIMEOUT_MS = 3000;
/** 2^31 - 1: what `setTimeout` can wait. */
const MAX_TIMEOUT_MS = 2_147_483_647;
/** 65551 = 16 + the most that 16 bits of length can say. */
const HEADER_BYTES = { min: 16, max: 65_551 } as const;

/** Options → plan. Throws one TypeError that names every mistake, for it is the caller's and not the network's. */
export function parseAcceptOptions(options: AcceptOptions): AcceptPlan {
  const given: { readonly [name: string]: unknown } = { ...options };
  const problems: string[] = [];
  for (const name of Object.keys(given)) {
    if (!NAMES.includes(name)) problems.push(`there is no option "${name}" (there are ${NAMES.join(', ')})`);
  }

  const choose = <T extends string>(name: 'header' | 'expect', choices: readonly T[]): T => {
    const value = given[name] ?? DEFAULTS[name];
    if (!choices.includes(value as T))
      problems.push(`"${name}" is ${choices.join(' or ')}, got ${show(value)}`);
    return value as T;
  };
  const count = (
    name: 'headerTimeoutMs' | 'maxHeaderBytes' | 'maxPending',
    min: number,
    max: number,
  ): number => {
    const value = given[name] ?? DEFAULTS[name];
    const good = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
    if (!good) problems.push(`"${name}" is a whole number from ${min} to ${max}, got ${show(value)}`);
    return value as number;
  };

  if (given.trust === undefined) {
    problems.push(
      '"trust" is missing: it names the peers that may send a header, like ["10.0.0.0/8"] or ["unix"]',
    );
  }
  const trust = parsePeers('trust', given.trust ?? [], problems);
  const plain = parsePeers('plain', given.plain ?? [], problems);
  if (Array.isArray(given.trust) && given.trust.length === 0) problems.push('"trust" names no peer at all');

  const admission: AdmissionPlan = {
    expect: choose('expect', ['any', 'v1', 'v2']),
    header: choose('header', ['required', 'optional']),
    trust: createIpSet(trust.cidrs),
    plain: createIpSet(plain.cidrs),
    trustUnix: trust.unix,
    plainUnix: plain.unix,
    headerTimeoutMs: count('headerTimeoutMs', MIN_TIMEOUT_MS, MAX_TIMEOUT_MS),
    maxHeaderBytes: count('maxHeaderBytes', HEADER_BYTES.min, HEADER_BYTES.max),
    allow: null,
  };
  const maxPending = count('maxPending', 1, Number.MAX_SAFE_INTEGER);
  const onRefused = options?.onRefused ?? warnOnce();
  if (typeof onRefused !== 'function') problems.push('"onRefused" is a function');
  if (problems.length > 0) throw new TypeError(`acceptProxyProtocol: ${problems.join('; ')}`);
  return { admission, maxPending, onRefused };
}

function parsePeers(name: string, value: unknown, problems: string[]): { cidrs: Cidr[]; unix: boolean } {
  const cidrs: Cidr[] = [];
  let unix = false;
  if (!Array.isArray(value)) problems.push(`"${name}" is an array of CIDRs, got ${show(value)}`);
  for (const text of Array.isArray(value) ? value : []) {
    const cidr = typeof text === 'string' ? parseCidr(text) : undefined;
    if (text === 'unix') unix = true;
    else if (cidr !== undefined) cidrs.push(cidr);
    else problems.push(`"${name}" holds CIDRs like 10.0.0.0/8, addresses, and unix, got ${show(text)}`);
  }
  return { cidrs, unix };
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  // An object may have no text at all, or throw when it is asked for one.
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
