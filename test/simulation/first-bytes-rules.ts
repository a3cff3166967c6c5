import { parseIp } from '../../src/address/ip.ts';
import { ipSetHas } from '../../src/address/ip-set.ts';
import { cidrs } from '../helpers/engine-harness.ts';
import { ALLOWED_CLIENTS, SIGNATURE_BYTES, UNPRESENTABLE } from './client-scripts.ts';
import type { SimulatedSession } from './simulated-session.ts';
import { fail } from './violation.ts';

// What the first bytes of a client mean, and whether it may stay once it is known: by the client's script and the plan of the
// listener, and not by the code under test.

const NEVER = Number.POSITIVE_INFINITY;
const MOST_WAITING = 64;
const HELD_MS = 1000;
const ALLOWED = cidrs(...ALLOWED_CLIENTS);
const unpresentable = UNPRESENTABLE.map((text) => parseIp(text)!);

/** Bytes of version 2 up to its length, by which a header that is too long is known. */
const LENGTH_IS_KNOWN = 16;

/**
 * Notes what the bytes that the client has sent by now lead to, before the course reads the last of them. True: the course has to turn
 * it away now.
 */
export function expectRead(session: SimulatedSession): boolean {
  const { script, sent, looksFor } = session;
  if (looksFor === 'guard') {
    const signature = script.version === 0 ? 0 : SIGNATURE_BYTES[script.version];
    if (signature === 0 || sent < signature) return false;
    session.note('plain_header', null);
    return true;
  }
  if (script.version > 0) return expectHeader(session);
  if (script.headerlessBy === 0 || sent < script.headerlessBy) return false;
  if (looksFor === 'required') session.note('header_absent', null);
  else becomesKnown(session, false);
  return looksFor === 'required';
}

function expectHeader(session: SimulatedSession): boolean {
  const { script, sent } = session;
  const { acceptProxy, maxHeaderBytes } = session.rules.plan.admission;
  if (sent < SIGNATURE_BYTES[script.version as 1 | 2]) return false;
  if (acceptProxy !== 'any' && acceptProxy !== `v${script.version}`) {
    session.note('header_not_expected', script.version === 1 ? 'v1_not_expected' : 'v2_not_expected');
    return true;
  }
  if (script.version === 2 && script.wholeBytes > maxHeaderBytes) {
    session.note('header_too_large', 'v2_too_large');
    return sent >= LENGTH_IS_KNOWN;
  }
  if (script.invalidBy > 0) session.note('header_invalid');
  else if (script.headerBytes > 0 && sent >= script.headerBytes) becomesKnown(session, true);
  return script.invalidBy > 0 && sent >= script.invalidBy;
}

/** The client has ended its stream in its header, which then never comes. */
export function expectEndInHeader(session: SimulatedSession): void {
  session.note(session.sent === 0 ? 'probe' : 'header_incomplete', null);
}

/** The course has to know the client after the event, by its header or by its own address. */
export function becomesKnown(session: SimulatedSession, byHeader: boolean): void {
  const { script, peer, rules } = session;
  const { plan } = rules;
  const who = byHeader ? script.announced! : null;
  const ip = who?.ip ?? peer?.ip ?? null;
  session.isKnown = true;
  session.isLocal = who?.isLocal === true;
  session.carriesFrom = byHeader ? script.headerBytes : 0;
  session.isOfPeer =
    session.isLocal ||
    (who !== null && who.ip !== null && isSame(who.ip, peer?.ip) && who.port === peer?.port);
  session.isLimited = plan.limits.maxSessionsPerClient > 0 && !session.isLocal && ip !== null;
  const { allow } = plan.admission;
  session.names = who?.names ?? null;
  if (allow !== null && !session.isLocal && (ip === null || !ipSetHas(ALLOWED, ip))) {
    session.note('denied', null);
    session.isRefused = true;
  } else if (plan.balance === 'named' && session.host.endpointNamed(session) === null) {
    session.note('endpoint_unknown');
    session.isRefused = true;
  } else if (plan.presentation.form === 'transparent') expectPresentable(session, ip);
  // So many may wait at once: as soon as one more has no place it has to go.
  const most = Math.min(MOST_WAITING, Math.ceil(plan.limits.maxSessions / 8));
  if (session.isLimited && !session.isRefused && session.places.size >= most)
    session.note('over_client_limit');
}

function expectPresentable(session: SimulatedSession, ip: Uint8Array | null): void {
  const named = session.rules.plan.balance === 'named' ? session.host.endpointNamed(session) : null;
  const endpoints = named === null ? session.rules.plan.snapshot.endpoints : [named];
  if (ip === null || unpresentable.some((each) => isSame(each, ip))) {
    session.note('source_unusable');
    session.isRefused = true;
  } else if (endpoints.length > 0 && !endpoints.some((each) => each.ip.length === ip.length)) {
    session.note('no_endpoint_of_family');
    session.isRefused = true;
  }
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0;
}

/** Bytes of a guarded client are held from now on, if they are and were not. */
export function expectHeld(session: SimulatedSession): void {
  if (session.isDecided) return;
  const { headerlessBy } = session.script;
  if (session.looksFor === 'guard' && headerlessBy > 0 && session.sent >= headerlessBy)
    fail('a headerless client is guarded on');
  if (session.held === 0) session.heldUntilMs = NEVER;
  else if (session.heldUntilMs === NEVER) session.heldUntilMs = session.host.nowMs + HELD_MS;
}
