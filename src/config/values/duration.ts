import { accept, refuse, refuseWithHint, type ValueType } from '../value-type.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** 24 days: beyond 2³¹−1 ms (24.8 days) Node's timers fire at once. */
const LONGEST = '576h';
const EXPECTED = 'a duration with its unit, such as 500ms, 5s, 10m or 1h';

/** `500ms`, `5s`, `10m`, `1h`. */
export type WrittenDuration = `${number}${keyof typeof UNITS}`;

export interface DurationLimits<Zero extends boolean = boolean> {
  /** The shortest, as text. */
  readonly min?: string;
  /** Whether `0` is a value: it turns the thing off. */
  readonly zero: Zero;
}

/** A duration with a unit, in milliseconds. */
export function duration<const Zero extends boolean>({
  min,
  zero,
}: DurationLimits<Zero>): ValueType<number, WrittenDuration | (Zero extends true ? '0' | 0 : never)> {
  const least = min === undefined ? 1 : toMs(min)!;
  const atLeast = zero ? `0 or at least ${min ?? '1ms'}` : `at least ${min ?? '1ms'}`;
  return {
    arity: 'one',
    values: `duration${zero ? ' or `0`' : ''}${min === undefined ? '' : `, at least \`${min}\``}`,
    expected: EXPECTED,
    file: { kind: 'text', pattern: '^(?:0|\\d+(?:ms|s|m|h))$', ...(zero ? { zero: true } : {}) },
    parse: ([text = '']) => {
      const ms = toMs(text);
      // Seconds are what most of these are counted in; thousands are milliseconds.
      if (ms === undefined && /^[1-9]\d*$/.test(text)) {
        const meant = `${text}${text.length > 3 ? 'ms' : 's'}`;
        return refuseWithHint('invalid_duration', EXPECTED, text, meant);
      }
      if (ms === undefined) return refuse('invalid_duration', EXPECTED, text);
      if (ms === 0 && zero) return accept(0);
      if (ms < least) return refuse('too_small', atLeast, text);
      return ms > toMs(LONGEST)! ? refuse('too_large', `at most ${LONGEST}`, text) : accept(ms);
    },
  };
}

function toMs(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = /^(\d+)(ms|s|m|h)$/.exec(text);
  return parts === null ? undefined : Number(parts[1]) * UNITS[parts[2] as keyof typeof UNITS];
}
