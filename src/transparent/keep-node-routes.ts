import { StartError } from '../plan/start-error.ts';
import { KeeperSeat } from './keeper-seat.ts';
import type { NodeRoutePart, NodeRoutes } from './node-routes.ts';
import type { NodeRouteSettings } from './node-rules.ts';

/**
 * How often the parts are read, which costs some tens of microseconds. A part that another program removes is missing for so long at
 * most, and meanwhile the answers of pods leave the node.
 */
const LOOK_MS = 1000;
/** Two programs that undo each other's work would otherwise write two lines a second. */
const SAME_LINE_MS = 60_000;

/** What a keeper says and is told. */
export interface KeeperTalk {
  /** Once, when the first look has set what was missing. */
  started(parts: readonly NodeRoutePart[]): void;
  /** A line about something that it met or did. */
  say(line: string): void;
  /** Resolves when the keeper is to end. */
  readonly ended: Promise<void>;
}

/** Keeps the routes until it is told to end, and then removes them if no other keeper is there. Rejects with a `StartError`. */
export async function keepNodeRoutes(
  routes: NodeRoutes,
  settings: NodeRouteSettings,
  { started, say, ended }: KeeperTalk,
): Promise<void> {
  const seat = await KeeperSeat.take(seatName(settings));
  const lines = new RepeatedLines(say);
  try {
    setAtFirst(routes, lines, Date.now());
    started(routes.read());
  } catch (error) {
    await seat.leave(() => {});
    throw error;
  }
  const timer = setInterval(() => look(routes, lines, Date.now()), LOOK_MS);
  await ended;
  clearInterval(timer);
  const removed = await seat.leave(() => routes.remove());
  say(removed ? 'the routes are removed' : 'the routes stay: another process keeps them');
}

/** Throws a `StartError` if a keeper would set again what is removed. */
export function refuseIfKept(settings: NodeRouteSettings): void {
  if (KeeperSeat.isTaken(seatName(settings)))
    throw new StartError(
      'routes_kept',
      'another process keeps these routes ("herald routes up --node --keep"), and removes them when it ends',
    );
}

/** Keepers of other settings are not of the same routes. */
function seatName({ table, guardPort }: NodeRouteSettings): string {
  return `${table}-${guardPort ?? 'none'}`;
}

/**
 * What a keeper stays for. What is taken may become free: the keeper of an earlier version, with other settings, may just be about to
 * end. And in a pod a keeper that ended would keep Herald from starting, which serves everything else without the routes.
 */
const STAYS_FOR: readonly string[] = ['routes_taken', 'nftables_missing', 'loopback_down'];

/** Sets everything, or says in a line why it cannot. Throws a `StartError` if this process lacks a right. */
export function setAtFirst(
  routes: Pick<NodeRoutes, 'set' | 'repair'>,
  lines: RepeatedLines,
  nowMs: number,
): void {
  try {
    routes.set();
  } catch (error) {
    if (!(error instanceof StartError) || !STAYS_FOR.includes(error.code)) throw error;
    lines.say(error.message, nowMs);
    look(routes, lines, nowMs);
  }
}

/** One look: adds what is missing, with a line each; what cannot be added is a line too. */
export function look(routes: Pick<NodeRoutes, 'repair'>, lines: RepeatedLines, nowMs: number): void {
  try {
    for (const part of routes.repair()) lines.say(part.why ?? `set again: ${partText(part)}`, nowMs);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    lines.say(error.message, nowMs);
  }
}

function partText({ family, part, text, purpose }: NodeRoutePart): string {
  return part === 'nftables' ? `${text}: ${purpose}` : `IPv${family} ${part} ${text}`;
}

/** Says the same line once a minute at most, and then how often it was left out. */
export class RepeatedLines {
  readonly #say: (line: string) => void;
  readonly #last = new Map<string, { atMs: number; unsaid: number }>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  say(line: string, nowMs: number): void {
    const last = this.#last.get(line);
    if (last !== undefined && nowMs - last.atMs < SAME_LINE_MS) {
      last.unsaid += 1;
      return;
    }
    this.#say(last === undefined || last.unsaid === 0 ? line : `${line} (and ${last.unsaid} times before)`);
    this.#last.set(line, { atMs: nowMs, unsaid: 0 });
  }
}
