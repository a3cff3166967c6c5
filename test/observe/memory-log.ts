import type { Log, LogFields, LogLevel } from '../../src/observe/log.ts';

export interface MemoryLog extends Log {
  readonly lines: { level: LogLevel; fields: LogFields; message: string }[];
}

/** A log that a test can read. */
export function createMemoryLog(): MemoryLog {
  const lines: MemoryLog['lines'] = [];
  const at = (level: LogLevel) => (fields: LogFields, message: string) => {
    lines.push({ level, fields, message });
  };
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    level: 'debug',
    setLevel() {},
    dropped: 0,
  };
}
