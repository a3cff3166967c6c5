import { emitWarning } from 'node:process';
import type { CloseReason } from '../plan/close-reason.ts';
import { escapeText } from '../wire/escape-text.ts';
import type { ProxyAddress } from './proxy-header.ts';

/** A connection that the server never saw. Nothing here is more than the peer claims, but for `peer`. */
export interface Refusal {
  /** Whom the connection came from; null for the peer of a unix socket. */
  readonly peer: ProxyAddress | null;
  readonly reason: CloseReason;
  /** The parser's permanent code (`v2_crc32c`, …), or null where the reason says it all. */
  readonly code: string | null;
  /** At most 64 bytes, as they came: escape them before a log. */
  readonly firstBytes: Uint8Array;
}

/** As many as `firstBytes` has: a byte is at most four characters. */
const MAX_CHARS = 4 * 64;

/** What to do about each reason, in the names of the options. */
const ADVICE: { readonly [reason: string]: string } = {
  header_absent:
    'a trusted peer has to send a header, unless "header" is "optional"; see whether the balancer sends one',
  header_timeout: 'no whole header came within headerTimeoutMs; see whether the balancer sends one',
  header_incomplete: 'the peer ended the connection within its header',
  header_reset: 'the peer reset the connection within its header',
  header_invalid: 'the header breaks the specification',
  header_too_large: 'the header is longer than maxHeaderBytes',
  header_not_expected: 'the header is of a version that "expect" does not name',
  over_limit: 'maxPending connections wait for their header already',
};

/**
 * The `onRefused` of whoever set none: the first refusal of a server becomes a warning of the process, on standard
 * error as a rule. A wrong `trust` would else be a server that nobody reaches, without a word. The others are not
 * told: a stranger must not fill a log.
 */
export function warnOnce(): (refusal: Refusal) => void {
  let told = false;
  return (refusal) => {
    if (told) return;
    told = true;
    emitWarning(describe(refusal), { type: 'HeraldWarning', code: 'HERALD_REFUSED' });
  };
}

function describe({ peer, reason, code, firstBytes }: Refusal): string {
  const who = peer === null ? 'a peer of the unix socket' : formatPeer(peer);
  const why = code === null ? reason : `${reason}, ${code}`;
  const came = firstBytes.length === 0 ? '' : `. Its first bytes: "${escapeText(firstBytes, MAX_CHARS)}"`;
  return `acceptProxyProtocol refused ${who} (${why}): ${adviceOf(reason, peer)}${came}. Later refusals of this server are not shown; set onRefused to see each`;
}

function adviceOf(reason: string, peer: Refusal['peer']): string {
  if (reason !== 'untrusted') return ADVICE[reason] ?? reason;
  return `it is not in "trust"; to accept its headers add "${peer?.address ?? 'unix'}"`;
}

function formatPeer({ address, port, family }: NonNullable<Refusal['peer']>): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
