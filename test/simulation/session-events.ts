import type { CloseReason } from '../../src/plan/close-reason.ts';
import { DIAL_ERRORS } from './connect-model.ts';
import { expectSilence } from './deadline-rules.ts';
import { expectEndInHeader, expectHeld, expectRead } from './first-bytes-rules.ts';
import type { SimulatedSession } from './simulated-session.ts';
import { fail } from './violation.ts';

/**
 * What may happen to one session. Each event first notes what it may lead to, then tells the course as an engine would. An event that
 * cannot happen now does nothing.
 */
export type SessionEvent = (session: SimulatedSession) => void;

/** Reasons by which Herald ends sessions from outside. */
const ABORTS: readonly CloseReason[] = [
  'stopped',
  'drain_timeout',
  'endpoint_gone',
  'worker_lost',
  'internal_error',
];
const UNUSED = 0xee;

const LOST = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETRESET'];

/** Errnos of connections that break. */
export const BREAK_ERRORS = ['ECONNRESET', 'ECONNRESET', 'EPIPE', 'EPROTO', null, ...LOST] as const;

function mustHaveEnded({ isDecided, course }: SimulatedSession): void {
  // While its dial is being dropped a session is over, and its carrier is told next.
  if (!isDecided && course.phase !== 'over') fail('what ends a session has happened, and it goes on');
}

export function clientSends(session: SimulatedSession): void {
  const { script, host } = session;
  const left = script.bytes.length - session.sent;
  if (session.clientEnded || (left <= 0 && session.isReading)) return;
  const most = left <= 0 ? 1000 : host.chance.oneIn(2) ? Math.min(left, 6) : left;
  const length = 1 + host.chance.below(most);
  const at = session.sent;
  session.sent += length;
  if (!session.isReading) {
    session.forward(length);
    return;
  }
  const chunk = script.bytes.slice(at, at + length);
  const mustEnd = expectRead(session);
  session.course.read(chunk);
  if (mustEnd) mustHaveEnded(session);
  expectHeld(session);
  // Engines use their buffers again.
  chunk.fill(UNUSED);
}

export function endpointSends(session: SimulatedSession): void {
  if (!session.isRelaying || session.isDecided || session.endpointEnded) return;
  session.course.ledger.sentToClient(1 + session.host.chance.below(1000));
  session.activeAtMs = session.host.nowMs;
}

export function clientEnds(session: SimulatedSession): void {
  if (session.clientEnded) return;
  session.clientEnded = true;
  session.endedFirst ??= 'client';
  const mustEnd = !session.isKnown;
  if (mustEnd) expectEndInHeader(session);
  if (session.isRelaying) session.endsToPass++;
  expectSilence(session);
  session.course.ended('client');
  if (mustEnd) mustHaveEnded(session);
}

export function endpointEnds(session: SimulatedSession): void {
  if (!session.isRelaying || session.endpointEnded) return;
  session.endpointEnded = true;
  session.endedFirst ??= 'endpoint';
  session.endsToPass++;
  expectSilence(session);
  session.course.ended('endpoint');
}

export function endIsPassed(session: SimulatedSession): void {
  if (session.endsToPass === 0) return;
  session.endsToPass--;
  if (session.isRelaying && !session.isDecided) session.activeAtMs = session.host.nowMs;
  session.course.halfClose();
}

function expectClientBreak(session: SimulatedSession, code: string | null): void {
  if (session.isRelaying) expectBreak(session, 'client', code);
  else {
    const any = session.pending > 0 || (session.isReading && session.sent > 0);
    session.note(!any ? 'probe' : session.isKnown ? 'client_gone' : 'header_reset', code);
  }
}

function expectBreak(session: SimulatedSession, side: 'client' | 'endpoint', code: string | null): void {
  session.breaks[side] = code;
  session.note(`${side}_${code !== null && LOST.includes(code) ? 'lost' : 'reset'}`, code);
}

export function clientBreaks(session: SimulatedSession): void {
  const { chance } = session.host;
  const code = chance.pick(BREAK_ERRORS);
  expectClientBreak(session, code);
  if (session.isRelaying && chance.oneIn(2)) session.course.broke('client', code, chance.oneIn(2));
  else session.course.clientBroke(code, session.pending > 0);
  mustHaveEnded(session);
}

export function endpointBreaks(session: SimulatedSession): void {
  if (!session.isRelaying) return;
  const { chance } = session.host;
  const code = chance.pick(BREAK_ERRORS);
  expectBreak(session, 'endpoint', code);
  session.course.broke('endpoint', code, chance.oneIn(2));
  mustHaveEnded(session);
}

export function dialIsReached(session: SimulatedSession): void {
  const { connect, course, host } = session;
  if (!connect.isUnderWay) return;
  const endpoint = connect.endpoint!;
  // The endpoint on loopback has a port that the kernel may dial from.
  const isOwn = endpoint.ip[0] === 127 && host.chance.oneIn(2);
  if (isOwn) host.count('dial that came out at itself');
  connect.from = endpoint.path !== null ? null : { ip: endpoint.ip, port: isOwn ? endpoint.port : 1025 };
  connect.tellsReached(isOwn);
  course.dialReached();
  connect.forget();
  if (isOwn && session.isRelaying) fail('it relays to itself');
}

export function dialFails({ connect, course, host }: SimulatedSession): void {
  if (!connect.isUnderWay) return;
  const [errno] = host.chance.pick(DIAL_ERRORS);
  connect.tellsFailure(errno);
  course.dialFailed(errno);
  connect.forget();
}

export function isAborted(session: SimulatedSession): void {
  const reason = session.host.chance.pick(ABORTS);
  session.note(reason, null);
  session.course.abort(reason);
  mustHaveEnded(session);
}

export function drains(session: SimulatedSession): void {
  if (!session.isRelaying || session.isDecided) return;
  session.course.ledger.touch();
  session.activeAtMs = session.host.nowMs;
}

export function closes(session: SimulatedSession): void {
  const isDone = session.isRelaying && session.clientEnded && session.endpointEnded;
  if (!isDone && !session.isParting && !session.isResetting) return;
  session.close();
  if (session.host.chance.oneIn(4)) session.course.closed();
}
