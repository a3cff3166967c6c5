import { listenerPlan } from '../helpers/engine-harness.ts';
import { snapshotOf } from '../helpers/snapshots.ts';
import { audit, auditEnd } from './audit.ts';
import { checkExpired, expectExpiry, phaseOf } from './deadline-rules.ts';
import { answers, sessionEvent } from './event-table.ts';
import { comesLate } from './late-events.ts';
import { listenerParts, poolParts, SLOTS_EACH } from './listener-parts.ts';
import type { SimulatedSession } from './simulated-session.ts';
import { fail } from './violation.ts';
import type { World } from './world.ts';

/**
 * What happens in a world, one event a step: a client connects, time passes, somebody looks for a place again, a source or an operator
 * changes something, or one of the sessions goes on (`session-events.ts`). After each step all rules are checked.
 */

/** Sessions that live at once at the most. */
const MOST_LIVE = 9;
const JUMP_MS = 600_000;
const TURNS = 1000;
/** How long a session waits for its place at the least. */
const PLACE_MS = 20;

type WorldEvent = (world: World) => string;

function connects(world: World): string {
  if (world.live.length + world.requests.length < MOST_LIVE) world.accept();
  return 'client connects';
}

function goesOn(world: World): string {
  if (world.live.length === 0) return connects(world);
  const session = world.chance.pick(world.live);
  const { name, event } = sessionEvent(session);
  event(session);
  return name;
}

function requestGoesOn(world: World): string {
  if (world.requests.length === 0) return connects(world);
  return `request: ${world.chance.pick(world.requests).goOn()}`;
}

// ── time ──

function timePasses(world: World): string {
  const { chance } = world;
  const next = nextDueMs(world);
  if (next > world.nowMs || chance.oneIn(8)) {
    const roll = chance.below(24);
    const isNear = next < Number.POSITIVE_INFINITY && next > world.nowMs;
    if (roll === 0) world.nowMs += chance.below(JUMP_MS);
    else if (roll < 8 || !isNear) world.nowMs += 1 + chance.below(30);
    else world.nowMs = roll < 10 ? next - 1 : next;
  }
  return fires(world);
}

function nextDueMs({ live, alarms }: World): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { atMs } of live) if (atMs < next) next = atMs;
  for (const { atMs } of alarms) if (atMs < next) next = atMs;
  return next;
}

/** One of the timers that are due fires; the others do later. */
function fires(world: World): string {
  const { live, alarms, nowMs, chance } = world;
  const alarm = alarms.findIndex(({ atMs }) => atMs <= nowMs);
  if (alarm >= 0 && chance.oneIn(2)) {
    const [due] = alarms.splice(alarm, 1);
    due!.run();
    return 'line goes on';
  }
  const from = live.length === 0 ? 0 : chance.below(live.length);
  for (let at = 0; at < live.length; at++) {
    const session = live[(from + at) % live.length]!;
    if (session.atMs <= nowMs) return expires(world, session);
  }
  return 'time passes';
}

function expires(world: World, session: SimulatedSession): string {
  const { nowMs } = world;
  const due = expectExpiry(session, nowMs);
  world.count(`deadline ${due}`);
  const mustLook = session.findsLost && session.isRelaying && !session.isDecided;
  session.course.expired(nowMs);
  if (mustLook && session.lookedAt !== world.step) fail('nobody has looked whether a peer is lost');
  session.connect.forget();
  checkExpired(session, nowMs);
  return `timer of ${due}`;
}

function looksForPlace(world: World): string {
  const task = world.tasks.shift();
  world.looks++;
  for (const session of world.live) {
    const { waitsSinceMs } = session;
    // The last look of a session is the one at which its time is over.
    const isOver = waitsSinceMs >= 0 && world.nowMs >= waitsSinceMs + PLACE_MS;
    if (isOver && phaseOf(session) === 'place') session.note('over_client_limit');
  }
  const { gone } = world;
  const waiting = waitingForPlaces(world);
  task?.();
  if (world.gone - gone < waiting - waitingForPlaces(world))
    fail('nobody is told that one waits for a place no more');
  return 'looks for a place';
}

function waitingForPlaces({ listeners }: World): number {
  let waiting = 0;
  for (const { places } of listeners) for (const { size } of places) waiting += size;
  return waiting;
}

// ── from outside ──

function late(world: World): string {
  if (world.past.length > 0) comesLate(world.chance.pick(world.past));
  return 'late after the end';
}

function poolChanges(world: World): string {
  const listener = world.chance.pick(world.listeners);
  const { endpoints, empty } = poolParts(world.chance, listener.id);
  const { plan } = listener;
  world.replacePlan(listener, {
    ...plan,
    snapshot: snapshotOf(endpoints!, { generation: plan.snapshot.generation + 1, empty: empty! }),
  });
  if (world.chance.oneIn(2)) return 'pool changes';
  const known = new Set(endpoints!.map(({ slot }) => slot));
  for (const session of [...world.live]) {
    if (session.rules.plan.id !== listener.id || !session.course.ledger.outlives(known)) continue;
    session.note('endpoint_gone', null);
    session.course.abort('endpoint_gone');
  }
  return 'endpoints are gone';
}

function planChanges(world: World): string {
  const listener = world.chance.pick(world.listeners);
  world.replacePlan(listener, listenerPlan(listenerParts(world.chance, listener.id)));
  return 'plan changes';
}

function checkFlips({ state, chance, listeners }: World): string {
  const slot = chance.below(listeners.length * SLOTS_EACH);
  Atomics.xor(state.probedDown, slot, 1);
  Atomics.add(state.ejectionEpoch, 0, 1);
  return 'health check flips';
}

function allStop(world: World): string {
  const listener = world.chance.below(2);
  const reason = world.chance.pick(['stopped', 'drain_timeout', 'worker_lost'] as const);
  for (const session of [...world.live]) {
    if (session.rules.plan.id !== listener) continue;
    session.note(reason, null);
    session.course.abort(reason);
  }
  return 'all of a listener are ended';
}

const EVENTS: readonly (readonly [weight: number, event: WorldEvent])[] = [
  [150, goesOn],
  [14, requestGoesOn],
  [20, connects],
  [24, timePasses],
  [6, late],
  [2, poolChanges],
  [1, checkFlips],
];
const TABLE = EVENTS.flatMap(([weight, event]) => Array<WorldEvent>(weight).fill(event));
const RARE: readonly WorldEvent[] = [planChanges, allStop];

/** Names of the events that are no session's. */
export const WORLD_EVENTS = [
  ...[
    'client connects',
    'time passes',
    'line goes on',
    'looks for a place',
    'late after the end',
    'pool changes',
  ],
  ...[
    'endpoints are gone',
    'plan changes',
    'health check flips',
    'all of a listener are ended',
    'event during a call',
  ],
];

function nextEvent({ chance, tasks }: World): WorldEvent {
  // A turn of the loop comes soon: a session that waits takes twelve of them before it gives up.
  if (tasks.length > 0 && chance.oneIn(3)) return looksForPlace;
  return chance.pick(chance.oneIn(400) ? RARE : TABLE);
}

/** One event, and the check of everything after it. Gives its name. */
export function playEvent(world: World): string {
  world.step++;
  const event = nextEvent(world);
  const name = event(world);
  world.count(name);
  world.collect();
  audit(world);
  return name;
}

/** Ends all that is left, and checks that nothing is held any more. */
export function endWorld(world: World): void {
  world.step++;
  for (const session of [...world.live]) {
    session.note('stopped', null);
    session.course.abort('stopped');
    if (!session.isClosed) session.close();
  }
  for (const requests of [...world.requests]) requests.stop();
  for (let turn = 0; world.tasks.length + world.alarms.length > 0; turn++) {
    if (turn === TURNS) fail('tasks or alarms go on without a session');
    world.nowMs += 100;
    for (const task of world.tasks.splice(0)) task();
    for (const { run } of world.alarms.splice(0)) run();
  }
  world.collect();
  audit(world);
  auditEnd(world);
}

/** Lets carriers tell of events before their calls return, one deep. */
export function letAnswer(world: World): void {
  let isAnswering = false;
  world.onAnswer = (session) => {
    if (isAnswering) return;
    isAnswering = true;
    answers(session);
    isAnswering = false;
  };
}
