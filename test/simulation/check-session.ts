import type { CloseReason } from '../../src/plan/close-reason.ts';
import type { SessionRecord } from '../../src/plan/observer.ts';
import type { CoursePhase } from '../../src/session/deadlines.ts';
import { phaseOf, soonestMs } from './deadline-rules.ts';
import type { SimulatedSession } from './simulated-session.ts';
import { fail } from './violation.ts';

// What has to be true of one session after each step, and of its record when it has ended.

const NEVER = Number.POSITIVE_INFINITY;
/** How long a session waits for its place, and so many looks of all sessions are more than the twelve of each. */
const PLACE_MS = 20;
const MOST_LOOKS = 400;

/** What the course says of itself, against what the world knows. */
export function checkSession(session: SimulatedSession): void {
  const { course } = session;
  if (session.isClosed) fail('closed, and its ledger has not ended');
  const phase = phaseOf(session);
  if (course.phase !== phase) fail(`it is in ${course.phase} and has to be in ${phase}`);
  if (session.isDecided) {
    if (session.connect.isUnderWay) fail('a dial is left');
    if (phase === 'over' && session.atMs !== NEVER) fail('a timer is left');
  } else {
    if (session.isRefused) fail('a client that has to be refused is not');
    if (course.readsFirst !== session.isReading) fail(`readsFirst is ${course.readsFirst}`);
    if (course.halfClosed !== session.halfClosed) fail(`halfClosed is ${course.halfClosed}`);
    if (course.keepsAlive !== session.keepsAlive) fail(`keepsAlive is ${course.keepsAlive}`);
    if (phase === 'relay' && session.endpointKeepsAlive !== session.keepsAlive)
      fail('keepalive is set on one side alone');
    if (phase === 'place') checkPlace(session);
    checkDial(session, phase);
    checkLook(session);
    if (session.hasPassed && session.held > 0) fail('bytes are held behind others that went on');
  }
  // An end that was not passed on yet moves the idle deadline without telling.
  const latest = soonestMs(session);
  if (phase === 'remainder' && session.atMs !== latest) fail('a deadline of the relay goes on');
  if (session.atMs > latest && session.endsToPass === 0)
    fail(`woken at ${session.atMs}, and is due at ${latest}`);
}

function checkPlace(session: SimulatedSession): void {
  if (session.places.size === 0) fail('it waits for a place, and nobody looks for one');
  const { host } = session;
  if (session.waitsSinceMs < 0) {
    session.waitsSinceMs = host.nowMs;
    session.waitsSinceLook = host.looks;
  } else if (
    host.nowMs > session.waitsSinceMs + PLACE_MS &&
    host.looks > session.waitsSinceLook + MOST_LOOKS
  ) {
    fail('it waits for a place for ever');
  }
}

/** An engine that can find lost peers looks for them in time. */
function checkLook({ findsLost, isRelaying, atMs, rules, host }: SimulatedSession): void {
  const { tcpUserTimeoutMs } = rules.plan.timeouts;
  if (!findsLost || !isRelaying || tcpUserTimeoutMs === 0) return;
  if (atMs > host.nowMs + tcpUserTimeoutMs / 2) fail('nobody looks for lost peers in time');
}

function checkDial({ connect, lines, course }: SimulatedSession, phase: CoursePhase): void {
  if (phase !== 'connect') {
    if (connect.isUnderWay) fail(`a dial is under way in ${phase}`);
    return;
  }
  const endpoint = connect.endpoint!;
  if (course.ledger.endpoint !== endpoint) fail('the ledger has another endpoint than is dialed');
  if (!connect.isUnderWay && !(connect.isInLine && lines.has(endpoint.path!)))
    fail('no dial, and no line to wait in');
}

/** The record of a session that has ended: its one reason is one of those that were possible. */
export function checkRecord(session: SimulatedSession, record: SessionRecord): void {
  if (!session.isClosed || !session.isDecided) fail('a record of a session that goes on');
  const { ledger } = session.course;
  const bytes = ledger.bytesToClient + ledger.bytesToEndpoint + session.held;
  const { reason, detail } = record;
  const isAllowed = session.endings.allows(reason, detail, (each) =>
    isProbe(session, each, bytes) ? 'probe' : each,
  );
  if (!isAllowed) fail(`it ended by ${reason} (${detail}), and not by ${session.endings}`);
  if ((record.connectMs !== null) !== session.isRelaying) fail(`connectMs is ${record.connectMs}`);
  if (reason === 'client_closed' || reason === 'endpoint_closed') {
    const from = session.carriesFrom;
    if (ledger.bytesToEndpoint !== session.sent - from) fail('bytes of the client were lost, or came twice');
  }
  const { firstBytes } = record;
  if (firstBytes?.some((byte, at) => byte !== session.script.bytes[at]))
    fail('the record has other first bytes');
  if (reason === 'over_client_limit' && session.waitsSinceMs >= 0) session.host.count('refused after a wait');
  const { connect, endings, mostAttempts } = session;
  if (reason !== connect.reason || connect.failedAt !== endings.decidedAt || mostAttempts <= 0) return;
  if (record.attempts !== mostAttempts) fail(`${record.attempts} attempts, not ${mostAttempts}`);
}

function isProbe({ isOfPeer }: SimulatedSession, reason: CloseReason, bytes: number): boolean {
  if (reason === 'client_closed') return bytes === 0;
  if (reason === 'client_reset') return bytes === 0 || isOfPeer;
  return reason === 'client_gone' && isOfPeer;
}
