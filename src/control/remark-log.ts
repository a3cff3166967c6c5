import type { SourceRemark } from '../endpoints/endpoint-source.ts';
import type { Clock } from '../observe/clock.ts';
import { limitLines } from '../observe/line-limiter.ts';
import type { Log } from '../observe/log.ts';

/** Logs the remarks of sources without repeating them: an API that is away for a night is not a line every few seconds. */
export interface RemarkLog {
  add(source: string, remark: SourceRemark): void;
  stop(): void;
}

/**
 * A remark with the same text as the last one of its source becomes a debug line. Remarks of one code may differ in their
 * text, for example in the namespace that may not be read. The rate of each source is limited.
 */
export function createRemarkLog(log: Log, clock: Clock): RemarkLog {
  const last = new Map<string, string>();
  const limiter = limitLines<string>(clock, (source, held, ms) => {
    log.info({ source, held, ms: Math.round(ms) }, 'lines about a source were suppressed');
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
