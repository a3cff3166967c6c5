import type { SourceRemark } from '../endpoints/endpoint-source.ts';
import type { Clock } from '../observe/clock.ts';
import { limitLines } from '../observe/line-limiter.ts';
import type { Log } from '../observe/log.ts';

/** Writes what sources remark, so that an API that is away for a night is no line every other second. */
export interface RemarkLog {
  add(source: string, remark: SourceRemark): void;
  stop(): void;
}

/**
 * A remark that says what the one before it said is a debug line. One of the same code may say more: another namespace
 * may not be read, no range is left. All are limited in rate.
 */
export function createRemarkLog(log: Log, clock: Clock): RemarkLog {
  const last = new Map<string, string>();
  const limiter = limitLines<string>(clock, (source, held, ms) => {
    log.info({ source, held, ms: Math.round(ms) }, 'lines about a source were held back');
  });
  return {
    add(source, { level, code, message }) {
      const fields = { source, code };
      if (level === 'debug') return log.debug(fields, message);
      const text = `${code}: ${message}`;
      const repeated = last.get(source) === text;
      last.set(source, text);
      if (repeated) return log.debug(fields, message);
      if (limiter.allow(source)) log[level](fields, message);
    },
    stop: () => limiter.stop(),
  };
}
