import { accept, refuse, refuseWithHint, type ValueType } from '../value-type.ts';

/** Counters are signed 32-bit cells. */
const MOST_COUNT = 2 ** 31 - 1;

/** A whole number from `min` to `max`. With `none`, the word `none` is a value too and means 0. */
export function count<None extends true | undefined = undefined>({
  min,
  max = MOST_COUNT,
  none,
}: {
  readonly min: number;
  readonly max?: number;
  readonly none?: None;
}): ValueType<number, number | (None extends true ? 'none' | false : never)> {
  const bounds = max === MOST_COUNT ? `of at least ${min}` : `from ${min} to ${max}`;
  const expected = `a whole number ${bounds}${none ? ', or none' : ''}`;
  return {
    arity: 'one',
    values: none
      ? `number, or \`none\``
      : max === MOST_COUNT
        ? `number, at least ${min}`
        : `number, ${min} to ${max}`,
    expected,
    file: { kind: 'integer', min, max, ...(none ? { none } : {}) },
    parse: ([text = '']) => {
      if (none && text === 'none') return accept(0);
      if (!/^(?:0|[1-9]\d*)$/.test(text)) return refuse('invalid_number', expected, text);
      const number = Number(text);
      if (number < min) return refuse('too_small', expected, text);
      return number > max ? refuse('too_large', `at most ${max}`, text) : accept(number);
    },
  };
}

const SHARE = 'a share from 0% to 100%';

/** A share in percent, parsed as a number from 0 to 1. */
export const share: ValueType<number, `${number}%`> = {
  arity: 'one',
  values: 'share, `0%` to `100%`',
  expected: SHARE,
  file: { kind: 'text', pattern: '^\\d{1,3}%$' },
  parse: ([text = '']) => {
    const percent = /^(?:0|[1-9]\d*)%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
    return percent <= 100 ? accept(percent / 100) : refuse('invalid_share', SHARE, text);
  },
};

/** A share in percent above 0, parsed as a number up to 1. */
export const someShare: ValueType<number, `${number}%`> = {
  ...share,
  values: 'share, `1%` to `100%`',
  expected: 'a share from 1% to 100%',
  parse: (texts) => {
    const parsed = share.parse(texts);
    return 'value' in parsed && parsed.value === 0
      ? refuse('too_small', 'a share from 1% to 100%', texts[0] ?? '')
      : parsed;
  },
};

const DURATION_UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** 24 days: beyond 2³¹−1 ms (24.8 days) Node's timers fire at once. */
const LONGEST = '576h';
const DURATION = 'a duration with its unit, such as 500ms, 5s, 10m or 1h';

/** `500ms`, `5s`, `10m`, `1h`. */
export type WrittenDuration = `${number}${keyof typeof DURATION_UNITS}`;

interface DurationLimits<Zero extends boolean = boolean> {
  /** The shortest, as text. */
  readonly min?: string;
  /** Whether `0` is allowed; it turns the feature off. */
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
    expected: DURATION,
    file: { kind: 'text', pattern: '^(?:0|\\d+(?:ms|s|m|h))$', ...(zero ? { zero: true } : {}) },
    parse: ([text = '']) => {
      const ms = toMs(text);
      // A small number without a unit probably means seconds, thousands milliseconds.
      if (ms === undefined && /^[1-9]\d*$/.test(text)) {
        const meant = `${text}${text.length > 3 ? 'ms' : 's'}`;
        return refuseWithHint('invalid_duration', DURATION, text, meant);
      }
      if (ms === undefined) return refuse('invalid_duration', DURATION, text);
      if (ms === 0 && zero) return accept(0);
      if (ms < least) return refuse('too_small', atLeast, text);
      return ms > toMs(LONGEST)! ? refuse('too_large', `at most ${LONGEST}`, text) : accept(ms);
    },
  };
}

function toMs(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = /^(\d+)(ms|s|m|h)$/.exec(text);
  return parts === null
    ? undefined
    : Number(parts[1]) * DURATION_UNITS[parts[2] as keyof typeof DURATION_UNITS];
}

const SIZE_UNITS = { B: 1, KiB: 1024, MiB: 1024 * 1024 } as const;
const SIZE = 'a size with its unit, such as 4096B or 64KiB';

/** A size with a unit, in bytes. The limits are bytes. */
export function size({
  min,
  max,
}: {
  readonly min: number;
  readonly max: number;
}): ValueType<number, `${number}${keyof typeof SIZE_UNITS}`> {
  return {
    arity: 'one',
    values: `size, \`${min}B\` to \`${max}B\``,
    expected: SIZE,
    file: { kind: 'text', pattern: '^\\d+(?:B|KiB|MiB)$' },
    parse: ([text = '']) => {
      const parts = /^(\d+)(B|KiB|MiB)$/.exec(text);
      if (parts === null) return refuse('invalid_size', SIZE, text);
      const bytes = Number(parts[1]) * SIZE_UNITS[parts[2] as keyof typeof SIZE_UNITS];
      if (bytes < min) return refuse('too_small', `at least ${min}B`, text);
      return bytes > max ? refuse('too_large', `at most ${max}B`, text) : accept(bytes);
    },
  };
}
