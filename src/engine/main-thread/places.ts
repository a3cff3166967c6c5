import type { Socket } from 'node:net';
import { PlaceWait } from '../../session/place-wait.ts';
import type { SessionRefusal } from '../../session/transparent-rules.ts';
import type { LiveSession } from './server-kind.ts';

/** Turns of the loop without a pause: a session with two sockets needs about five to end. */
const QUICK_TURNS = 10;
const PAUSE_MS = 1;

/** A wait for places on Node's loop. */
export function createPlaceWait(now: () => number, onGone: () => void): PlaceWait {
  const settle = (task: () => void, times: number) => {
    if (times <= QUICK_TURNS) setImmediate(task);
    else setTimeout(task, PAUSE_MS);
  };
  return new PlaceWait({ now, settle }, onGone);
}

/**
 * For a client that is known now. Calls `placed` at once if nothing refuses it. A client with too many sessions waits for a
 * place; any other refusal ends the session.
 */
export function whenPlaced(
  places: PlaceWait,
  served: LiveSession,
  socket: Socket,
  refusal: SessionRefusal | null,
  placed: () => void,
): void {
  if (refusal === null) {
    placed();
    return;
  }
  const { reason, detail } = refusal;
  const abort = () => served.abort(reason, detail);
  if (reason !== 'over_client_limit') {
    abort();
    return;
  }
  const { session } = served;
  const look = () => {
    // It broke meanwhile and ends by itself: it must not take a place.
    if (socket.destroyed || session.ended) return true;
    if (session.place() !== null) return false;
    placed();
    return true;
  };
  places.begin(session.rules.plan.limits.maxSessions, look, abort);
}
