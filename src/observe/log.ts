import type { Writable } from 'node:stream';
import { pino } from 'pino';
import { boundLines } from './bounded-lines.ts';
import { createTextFormat } from './text-line.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line says besides its message. `err` may be an Error. */
export type LogFields = { readonly [field: string]: unknown };

/** The log of the process. A line is written or dropped at once: no call waits or throws. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  readonly level: LogLevel;
  setLevel(level: LogLevel): void;
  /** Lines dropped because nobody read: `herald_log_dropped_total`. */
  readonly dropped: number;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto` is text on a terminal, else JSON. */
  readonly format: 'auto' | 'json' | 'text';
  readonly stream: Writable & { readonly isTTY?: boolean };
  /** Colours in text; by default where the stream is a terminal. Whoever knows the environment looks at NO_COLOR. */
  readonly colour?: boolean;
  /** Characters that may wait in the stream. */
  readonly maxQueued?: number;
}

/**
 * JSON, one object a line (`level` a word, `time` ISO 8601, `msg`), or one line of readable text each, which is made
 * of that line here: a transport of pino's own would put a worker and a queue in between.
 */
export function createLog(options: LogOptions): Log {
  const isTerminal = options.stream.isTTY === true;
  const lines = boundLines(options.stream, options.maxQueued);
  const isText = options.format === 'text' || (options.format === 'auto' && isTerminal);
  const toText = isText ? createTextFormat(options.colour ?? isTerminal) : null;
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line) => {
        const written = toText === null ? escapeRest(line) : toText(line);
        if (written !== null) lines.write(written);
      },
    },
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    get level() {
      return logger.level as LogLevel;
    },
    setLevel(level) {
      logger.level = level;
    },
    get dropped() {
      return lines.dropped;
    },
  };
}

// JSON escapes C0 alone; DEL, C1, line separators and bidi overrides can
// drive or deceive a terminal too.
const UNSAFE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

function escapeRest(line: string): string {
  return line.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
