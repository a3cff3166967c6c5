import { endWorld, letAnswer, playEvent } from './events.ts';
import { World } from './world.ts';

/** Events of one seed. */
export const EVENTS = 3000;
const LAST_EVENTS = 30;

/** What a seed has found. The world up to this event is enough to find it again. */
export interface Finding {
  readonly seed: number;
  readonly events: number;
  readonly message: string;
}

/** Plays one seed; null: no rule was broken. `counts` gathers what has happened, `tell` is told of each event. */
export function playSeed(
  seed: number,
  counts: Map<string, number>,
  events = EVENTS,
  tell?: (event: string) => void,
): Finding | null {
  const world = new World(seed, counts);
  letAnswer(world);
  try {
    for (let event = 0; event < events; event++) {
      const name = playEvent(world);
      tell?.(`${event + 1} at ${world.nowMs} ms: ${name}, ${world.live.length} live`);
    }
    endWorld(world);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.stack! : String(error);
    return { seed, events: Math.min(world.step, events), message };
  }
}

/** One line that plays it again, and the last events before it. */
export function report({ seed, events, message }: Finding): string {
  const told: string[] = [];
  playSeed(seed, new Map(), events, (event) => told.push(event));
  return [
    `node dist/test/simulation/replay.js --seed ${seed} --events ${events}`,
    `broken: ${message}`,
    ...told.slice(-LAST_EVENTS),
  ].join('\n');
}
