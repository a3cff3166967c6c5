import type { CoursePhase } from '../../src/session/deadlines.ts';
import { comesLate } from './late-events.ts';
import {
  clientBreaks,
  clientEnds,
  clientSends,
  closes,
  dialFails,
  dialIsReached,
  drains,
  endIsPassed,
  endpointBreaks,
  endpointEnds,
  endpointSends,
  isAborted,
  type SessionEvent,
} from './session-events.ts';
import type { SimulatedSession } from './simulated-session.ts';

/** How often what happens, by phase. */
const WEIGHTS: Readonly<
  Record<CoursePhase, readonly (readonly [name: string, weight: number, event: SessionEvent])[]>
> = {
  header: [
    ['client sends', 40, clientSends],
    ['client ends', 3, clientEnds],
    ['client breaks', 2, clientBreaks],
    ['abort', 1, isAborted],
  ],
  place: [
    ['client sends', 20, clientSends],
    ['client ends', 1, clientEnds],
    ['client breaks', 1, clientBreaks],
    ['abort', 1, isAborted],
  ],
  connect: [
    ['dial is reached', 20, dialIsReached],
    ['dial fails', 12, dialFails],
    ['client sends', 12, clientSends],
    ['client ends', 3, clientEnds],
    ['client breaks', 3, clientBreaks],
    ['abort', 1, isAborted],
  ],
  relay: [
    ['client sends', 20, clientSends],
    ['endpoint sends', 14, endpointSends],
    ['drains', 4, drains],
    ['client ends', 6, clientEnds],
    ['endpoint ends', 6, endpointEnds],
    ['end is passed on', 12, endIsPassed],
    ['closes', 10, closes],
    ['client breaks', 2, clientBreaks],
    ['endpoint breaks', 2, endpointBreaks],
    ['abort', 1, isAborted],
  ],
  remainder: [
    ['late', 8, comesLate],
    ['client ends', 2, clientEnds],
    ['endpoint ends', 2, endpointEnds],
    ['closes', 6, closes],
    ['abort', 1, isAborted],
  ],
  over: [
    ['late', 4, comesLate],
    ['closes', 8, closes],
    ['abort', 1, isAborted],
  ],
};

interface NamedEvent {
  readonly name: string;
  readonly event: SessionEvent;
}

/** Each event as often as its weight, so that one draw picks it. */
const TABLES: Readonly<Record<CoursePhase, readonly NamedEvent[]>> = {
  header: tableOf('header'),
  place: tableOf('place'),
  connect: tableOf('connect'),
  relay: tableOf('relay'),
  remainder: tableOf('remainder'),
  over: tableOf('over'),
};

function tableOf(phase: CoursePhase): readonly NamedEvent[] {
  return WEIGHTS[phase].flatMap(([name, weight, event]) =>
    Array<NamedEvent>(weight).fill({ name: `${name} in ${phase}`, event }),
  );
}

/** The names of all events of sessions, for the count of what a run has reached. */
export const SESSION_EVENTS: readonly string[] = [
  ...new Set(Object.values(TABLES).flatMap((rows) => rows.map(({ name }) => name))),
];

export function sessionEvent(session: SimulatedSession): NamedEvent {
  return session.host.chance.pick(TABLES[session.course.phase]);
}

const ANSWERS: readonly SessionEvent[] = [
  isAborted,
  clientBreaks,
  clientEnds,
  clientBreaks,
  endpointBreaks,
  endpointEnds,
  closes,
];

/** An event before a call of the carrier returns. */
export function answers(session: SimulatedSession): void {
  const { host } = session;
  const { chance } = host;
  host.count('event during a call');
  // Until its place is there the course may still look at what it calls `carry` with.
  if (!session.hasPlace) isAborted(session);
  else if (session.isDecided) (chance.oneIn(2) ? closes : isAborted)(session);
  else chance.pick(ANSWERS)(session);
}
