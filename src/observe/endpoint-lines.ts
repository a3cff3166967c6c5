import type { Clock } from './clock.ts';
import { limitLines } from './line-limiter.ts';
import type { Log, LogFields } from './log.ts';

/** Lines of the log about endpoints, limited in rate for each listener: thousands may go down, or be ejected, at once. */
export interface EndpointLines {
  say(level: 'warn' | 'info', fields: LogFields & { readonly listener: string }, message: string): void;
  /** Sums up what was held back. */
  stop(): void;
}

export function createEndpointLines(log: Log, clock: Clock): EndpointLines {
  const limiter = limitLines<string>(clock, (listener, held, ms) => {
    log.warn({ listener, held }, `${held} more lines about its endpoints in ${Math.round(ms / 1000)} s`);
  });
  return {
    say(level, fields, message) {
      if (limiter.allow(fields.listener)) log[level](fields, message);
    },
    stop: limiter.stop,
  };
}
