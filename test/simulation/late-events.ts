import { DIAL_ERRORS } from './connect-model.ts';
import { BREAK_ERRORS } from './session-events.ts';
import type { SimulatedSession } from './simulated-session.ts';

/** Something that comes too late, of a session whose reason is known: nothing may come of it. */
export function comesLate({ course, host, script }: SimulatedSession): void {
  const { chance } = host;
  const code = chance.pick(BREAK_ERRORS);
  const side = chance.pick(['client', 'endpoint'] as const);
  switch (chance.below(10)) {
    case 0:
      course.read(script.bytes.slice(0, 1 + chance.below(20)));
      return;
    case 1:
      course.ended(side);
      return;
    case 2:
      course.halfClose();
      return;
    case 3:
      course.broke(side, code, chance.oneIn(2));
      return;
    case 4:
      course.clientBroke(code, chance.oneIn(2));
      return;
    case 5:
      course.dialReached();
      return;
    case 6:
      course.dialFailed(chance.pick(DIAL_ERRORS)[0]);
      return;
    case 7:
      // A timer that was cancelled too late.
      if (course.ledger.ended) course.expired(host.nowMs);
      return;
    case 8:
      if (course.ledger.ended) course.closed();
      return;
    case 9:
      // One that has its reason may be ended at once, and keeps the reason.
      course.abort('stopped');
  }
}
