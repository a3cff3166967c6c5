import { type Cidr, parseCidr } from '../address/cidr.ts';
import { createIpSet } from '../address/ip-set.ts';
import type { AdmissionPlan } from '../plan/plan.ts';
import { type FormerAcceptOptions, underPresentNames, warnOfFormerNames } from './former-options.ts';
import type { Refusal } from './refusal.ts';
import { warnOnce } from './refusal.ts';

/** Options of `acceptProxyProtocol`. Trust is configured and never derived from what a peer sends (spec §5). */
export interface AcceptOptions extends FormerAcceptOptions {
  /** The peers that may send a header: CIDRs, and `unix`. No default; `0.0.0.0/0` and `::/0` mean everyone. */
  readonly trust: readonly string[];
  /** Peers that connect without a header; the peer itself is the client: CIDRs, and `unix`. `trust` wins over it. */
  readonly headerless?: readonly string[];
  /** Whether a trusted peer must send a header. Default `required`. */
  readonly proxyHeader?: 'required' | 'optional';
  /** The version to accept; a header of another one is refused. Default `any`. */
  readonly acceptProxy?: 'any' | 'v1' | 'v2';
  /** Time from the accept to the last byte of the header; activity does not extend it. At least 3000, default 5000. */
  readonly headerTimeoutMs?: number;
  /** The largest v2 header to accept, in bytes, 52 to 65551. Default 4096. */
  readonly maxHeaderBytes?: number;
  /** How many sockets may wait for their header; one more resets the oldest. Default 4096. */
  readonly maxPending?: number;
  /** Called once for each refused connection. Default: the first refusal of the server emits a process warning. */
  readonly onRefused?: (refusal: Refusal) => void;
}

/** The options, completed and checked. */
export interface AcceptPlan {
  readonly admission: AdmissionPlan;
  readonly maxPending: number;
  readonly onRefused: (refusal: Refusal) => void;
}

const DEFAULTS = {
  proxyHeader: 'required',
  acceptProxy: 'any',
  headerTimeoutMs: 5000,
  maxHeaderBytes: 4096,
  // 40 MB at about 10 KB a socket. A balancer sends its header at once, so far fewer are waiting normally.
  maxPending: 4096,
} as const;

const NAMES = ['trust', 'headerless', 'onRefused', ...Object.keys(DEFAULTS)];
/** Spec §2: a receiver may time out after 3 s at the earliest, so that one TCP retransmission fits in. */
const MIN_TIMEOUT_MS = 3000;
/** 2^31 - 1: what `setTimeout` can wait. */
const MAX_TIMEOUT_MS = 2_147_483_647;
/**
 * 52 = 16 + 36: the longest header of a TCP client without TLVs (§2.2). Less would refuse every IPv6 client. 65551 = 16 + 65535,
 * the largest length of 16 bits.
 */
const HEADER_BYTES = { min: 52, max: 65_551 } as const;

/** Options → plan. Throws one TypeError that lists every mistake; if there is none, warns of former names. */
export function parseAcceptOptions(options: AcceptOptions): AcceptPlan {
  const problems: string[] = [];
  const { options: given, former } = underPresentNames({ ...options }, problems);
  /** As the caller wrote it. */
  const written = (name: string) => former.get(name) ?? name;
  for (const name of Object.keys(given)) {
    if (!NAMES.includes(name)) problems.push(`there is no option "${name}" (there are ${NAMES.join(', ')})`);
  }

  const choose = <T extends string>(name: 'proxyHeader' | 'acceptProxy', choices: readonly T[]): T => {
    const value = given[name] ?? DEFAULTS[name];
    if (!choices.includes(value as T))
      problems.push(`"${written(name)}" is ${choices.join(' or ')}, got ${show(value)}`);
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
  const headerless = parsePeers(written('headerless'), given.headerless ?? [], problems);
  if (Array.isArray(given.trust) && given.trust.length === 0) problems.push('"trust" is empty');

  const admission: AdmissionPlan = {
    acceptProxy: choose('acceptProxy', ['any', 'v1', 'v2']),
    proxyHeader: choose('proxyHeader', ['required', 'optional']),
    trust: createIpSet(trust.cidrs),
    headerless: createIpSet(headerless.cidrs),
    trustUnix: trust.unix,
    headerlessUnix: headerless.unix,
    headerTimeoutMs: count('headerTimeoutMs', MIN_TIMEOUT_MS, MAX_TIMEOUT_MS),
    maxHeaderBytes: count('maxHeaderBytes', HEADER_BYTES.min, HEADER_BYTES.max),
    allow: null,
  };
  const maxPending = count('maxPending', 1, Number.MAX_SAFE_INTEGER);
  const onRefused = options?.onRefused ?? warnOnce();
  if (typeof onRefused !== 'function') problems.push('"onRefused" is a function');
  if (problems.length > 0) throw new TypeError(`acceptProxyProtocol: ${problems.join('; ')}`);
  warnOfFormerNames(former);
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
  // Converting an object to text may throw.
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
