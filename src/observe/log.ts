import type { Writable } from 'node:stream';
import { pino } from 'pino';
import { boundLines } from './bounded-lines.ts';
import { createTextFormat } from './text-line.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The fields of a line besides its message. `err` may be an Error. */
export type LogFields = { readonly [field: string]: unknown };

/** The log of the process. A line is written or dropped at once: no call waits or throws. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  readonly level: LogLevel;
  setLevel(level: LogLevel): void;
  /** Lines dropped because the reader did not read: `herald_log_dropped_total`. */
  readonly dropped: number;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto` is text on a terminal, else JSON. */
  readonly format: 'auto' | 'json' | 'text';
  readonly stream: Writable & { readonly isTTY?: boolean };
  /** Colours in text. Default: if the stream is a terminal. The caller knows the environment, and so NO_COLOR. */
  readonly colour?: boolean;
  /** How many characters may be queued in the stream. */
  readonly maxQueued?: number;
}

/**
 * The log, and the path of a line through this room:
 *
 *     engines ── batches of records ──▶ session-observer ──┬─▶ access-log ──┐ (line-limiter)
 *        └────── faults ───────────────────────────────────┼────────────────┼─▶ log ─▶ text-line or JSON ─▶ bounded-lines
 *                                                          └─▶ refusals     │
 *     shared counters ──▶ metric-samples ──▶ metrics       control plane ───┘
 *
 * A line is JSON (`level` a word, `time` ISO 8601, `msg`), or readable text that is made of the JSON here. A transport of
 * pino's own would add a worker thread and an unbounded queue.
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

// JSON escapes only C0. DEL, C1, line separators and bidirectional overrides can also control or deceive a terminal.
const UNSAFE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

function escapeRest(line: string): string {
  return line.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
