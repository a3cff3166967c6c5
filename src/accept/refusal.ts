import { emitWarning } from 'node:process';
import type { CloseReason } from '../plan/close-reason.ts';
import { escapeText } from '../wire/escape-text.ts';
import type { ProxyAddress } from './proxy-header.ts';

/** A connection that was refused before the server saw it. */
export interface Refusal {
  /** The address that the connection came from; null for the peer of a unix socket. */
  readonly peer: ProxyAddress | null;
  readonly reason: CloseReason;
  /** The permanent code of the parser (`v2_crc32c`, …), or null if the reason needs no detail. */
  readonly code: string | null;
  /** The first bytes received, at most 64. They are untrusted: escape them before logging. */
  readonly firstBytes: Uint8Array;
}

/** Enough for all of `firstBytes`: an escaped byte has at most four characters. */
const MAX_CHARS = 4 * 64;

/** Explanation and advice for each reason, with the names of the options. */
const ADVICE: { readonly [reason: string]: string } = {
  header_absent:
    'a trusted peer must send a header unless "proxyHeader" is "optional"; check that the balancer sends one',
  header_timeout: 'no complete header arrived within headerTimeoutMs; check that the balancer sends one',
  header_incomplete: 'the peer closed the connection before its header was complete',
  header_reset: 'the peer reset the connection before its header was complete',
  header_invalid: 'the header violates the specification',
  header_too_large: 'the header is longer than maxHeaderBytes',
  header_not_expected: 'the header has a version that "acceptProxy" excludes',
  over_limit: 'maxPending connections are already waiting for their header',
};

/**
 * The default of `onRefused`: the first refusal of a server emits a process warning (normally to standard error), because
 * with a wrong `trust` nobody could reach the server and nothing would say why. Later refusals are silent, so that
 * strangers cannot flood the log.
 */
export function warnOnce(): (refusal: Refusal) => void {
  let hasWarned = false;
  return (refusal) => {
    if (hasWarned) return;
    hasWarned = true;
    emitWarning(describe(refusal), { type: 'HeraldWarning', code: 'HERALD_REFUSED' });
  };
}

function describe({ peer, reason, code, firstBytes }: Refusal): string {
  const who = peer === null ? 'a peer of the unix socket' : formatPeer(peer);
  const why = code === null ? reason : `${reason}, ${code}`;
  const received = firstBytes.length === 0 ? '' : `. Its first bytes: "${escapeText(firstBytes, MAX_CHARS)}"`;
  return `acceptProxyProtocol refused ${who} (${why}): ${adviceOf(reason, peer)}${received}. Later refusals of this server are not reported; set onRefused to receive each of them`;
}

function adviceOf(reason: string, peer: Refusal['peer']): string {
  if (reason !== 'untrusted') return ADVICE[reason] ?? reason;
  return `it is not in "trust"; to accept its headers, add "${peer?.address ?? 'unix'}"`;
}

function formatPeer({ address, port, family }: NonNullable<Refusal['peer']>): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
