import type { Socket } from 'node:net';
import { PlaceWait } from '../../session/place-wait.ts';
import type { SessionRefusal } from '../../session/transparent-rules.ts';
import type { LiveSession } from './server-kind.ts';

/** Turns of the loop that are gone through without a pause: a session of two sockets needs about five to end. */
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
 * The client is known. Calls `placed` where it may have its session; where it has too many it waits for its place, and
 * where there is another refusal it has to go.
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
  const { ledger } = served;
  const look = () => {
    // One that broke meanwhile ends by itself, and is to hold no place until then.
    if (socket.destroyed || ledger.ended) return true;
    if (ledger.place() !== null) return false;
    placed();
    return true;
  };
  places.begin(ledger.rules.plan.limits.maxSessions, look, abort);
}
