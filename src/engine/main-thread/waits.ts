import { PlaceWait } from '../../session/place-wait.ts';
import { WaitingLines } from '../../session/waiting-lines.ts';

/** Turns of the loop that are gone through without a pause: a session of two sockets needs about five to end. */
const QUICK_TURNS = 10;
const PAUSE_MS = 1;

/** Sessions of this thread, of whatever engine, that wait for room in the queue of a unix socket. */
export const lines = new WaitingLines((ms, run) => setTimeout(run, ms));

/** A wait for places on Node's loop. */
export function createPlaceWait(now: () => number, onGone: () => void): PlaceWait {
  const settle = (task: () => void, times: number) => {
    if (times <= QUICK_TURNS) setImmediate(task);
    else setTimeout(task, PAUSE_MS);
  };
  return new PlaceWait({ now, settle }, onGone);
}
