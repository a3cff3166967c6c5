import { REASON_NAMES } from '../../src/plan/close-reason.ts';
import { CONNECT_FAILURES } from '../../src/plan/connect-failure.ts';
import type { Ledger } from '../../src/session/ledger.ts';
import { SESSIONS } from '../../src/shared-memory/client-entries.ts';
import { COUNTER, FAILURE_AT, REASON_AT } from '../../src/shared-memory/counters.ts';
import { checkSession } from './check-session.ts';
import { SLOTS_EACH } from './listener-parts.ts';
import type { SimulatedListener } from './simulated-listener.ts';
import { fail } from './violation.ts';
import type { World } from './world.ts';

/**
 * What has to add up after each step, over all sessions of a world: counters, and whatever live sessions hold. Nothing else is held.
 */

/** Cells of one entry of the table of clients, and of one bucket of it, whose first entry is its head. */
const ENTRY_CELLS = 8;
const BUCKET_CELLS = 64;

const held = new Int32Array(2 * SLOTS_EACH);
const maybeHeld = new Int32Array(2 * SLOTS_EACH);

export function audit(world: World): void {
  held.fill(0);
  maybeHeld.fill(0);
  let places = 0;
  for (const session of world.live) {
    checkSession(session);
    if (session.hasPlace && session.isLimited) places++;
    const { endpoint } = session.course.ledger;
    if (endpoint === null) continue;
    // What is being closed is still at the endpoint that it relayed to, and may be at the one that it was dialing.
    if (session.isRelaying || !session.isDecided) held[endpoint.slot]!++;
    else maybeHeld[endpoint.slot]!++;
  }
  for (const requests of world.requests) {
    requests.checkNow();
    if (requests.ledger.clientEntry > 0) places++;
    const { atSlot } = requests;
    if (atSlot !== null) held[atSlot]!++;
  }
  auditLines(world);
  auditEndpoints(world);
  auditClients(world, places);
  for (const listener of world.listeners) auditListener(world, listener);
}

/** Whoever waits for room in a queue will dial again: a line has somebody who dials, or a pause. */
function auditLines({ live, requests, workers, alarms }: World): void {
  for (const { course, connect, lines } of live) {
    if (connect.isUnderWay || course.phase !== 'connect') continue;
    const worker = workers.findIndex((each) => each.lines === lines);
    const isMoving =
      alarms.some((alarm) => alarm.worker === worker) ||
      requests.some((other) => other.lines === lines && other.isDialing) ||
      live.some((other) => other.lines === lines && other.connect.isUnderWay && other.connect.isInLine);
    if (!isMoving) fail('a line has no pause, and nobody in it dials');
  }
}

function auditEndpoints({ state, blamed }: World): void {
  for (let slot = 0; slot < held.length; slot++) {
    const sessions = state.endpointSessions[slot]!;
    const least = held[slot]!;
    if (sessions < least || sessions > least + maybeHeld[slot]!)
      fail(`${sessions} sessions at slot ${slot}, not ${least}`);
    const failures = state.endpointFailures[slot]!;
    if (failures !== blamed[slot])
      fail(`slot ${slot} is blamed for ${failures} failures, not ${blamed[slot]}`);
  }
}

function auditClients({ state: { clients }, listeners }: World, places: number): void {
  let sessions = 0;
  for (let bucket = 0; bucket < clients.length; bucket += BUCKET_CELLS) {
    if (clients[bucket] !== 0) fail('a bucket of clients is locked');
    for (let entry = bucket + ENTRY_CELLS; entry < bucket + BUCKET_CELLS; entry += ENTRY_CELLS) {
      const count = clients[entry + SESSIONS]!;
      if (count === 0) continue;
      sessions += count;
      const most = listeners[clients[entry + 4]! - 1]?.maxSessionsPerClient ?? 0;
      if (count < 0 || count > most) fail(`a client has ${count} sessions, of ${most}`);
    }
  }
  if (sessions !== places) fail(`${sessions} sessions are counted by client, not ${places}`);
}

function auditListener(world: World, listener: SimulatedListener): void {
  const { id, rules, ended } = listener;
  let live = 0;
  let toEndpoint = listener.bytesToEndpoint;
  let toClient = listener.bytesToClient;
  const add = ({ rules: { plan }, bytesToEndpoint, bytesToClient }: Ledger) => {
    if (plan.id !== id) return;
    live++;
    toEndpoint += bytesToEndpoint;
    toClient += bytesToClient;
  };
  for (const { course } of world.live) add(course.ledger);
  for (const { ledger } of world.requests) add(ledger);
  if (world.state.reserved[id] !== live)
    fail(`${world.state.reserved[id]} sessions are reserved, and ${live} live`);
  for (const { size } of listener.places) {
    if (size > Math.min(64, Math.ceil(listener.maxSessions / 8))) fail(`${size} wait for a place`);
  }
  const sum = (at: number) => sumAt(rules, at);
  if (sum(COUNTER.ended) !== ended) fail(`${sum(COUNTER.ended)} are counted as ended, not ${ended}`);
  if (sum(COUNTER.opened) - ended !== live) fail('opened and ended differ by others than those that live');
  // All reasons are many cells: nothing but an ending counts one.
  if (world.hasEnded || world.step % 16 === 0) {
    let reasons = 0;
    for (let index = 0; index < REASON_NAMES.length; index++) reasons += sum(REASON_AT + index);
    if (reasons !== ended) fail(`${reasons} reasons of ${ended} endings`);
  }
  if (sum(COUNTER.bytesToEndpoint) !== toEndpoint || sum(COUNTER.bytesToClient) !== toClient)
    fail('bytes do not add up');
}

function sumAt(rules: SimulatedListener['rules'], at: number): number {
  let sum = 0;
  for (const { counters } of rules) sum += counters[at]!;
  return sum;
}

/** When every session has ended nothing is left of any. */
export function auditEnd(world: World): void {
  const { state, listeners, workers } = world;
  if (world.live.length + world.requests.length > 0) fail('sessions do not end');
  if (world.tasks.length + world.alarms.length > 0) fail('tasks or alarms are left');
  for (const { places, plan } of listeners) {
    if (places.some(({ size }) => size > 0)) fail('somebody waits for a place');
    for (const { path } of plan.snapshot.endpoints) {
      if (path !== null && workers.some(({ lines }) => lines.has(path))) fail('a line is left');
    }
  }
  const failures = CONNECT_FAILURES.map((_, index) => FAILURE_AT + index);
  const counted = listeners.flatMap(({ rules }) =>
    rules.flatMap(({ counters }) => failures.map((at) => counters[at]!)),
  );
  const failed = counted.reduce((sum, count) => sum + count, 0);
  if (failed !== world.failedConnects)
    fail(`${failed} failed connects are counted, not ${world.failedConnects}`);
  if (state.reserved.some((count) => count !== 0)) fail('reservations are left');
}
