import { accept, refuse, type ValueType } from '../value-type.ts';

const UNITS = { B: 1, KiB: 1024, MiB: 1024 * 1024 } as const;
const EXPECTED = 'a size with its unit, such as 4096B or 64KiB';

/** A size with a unit, in bytes. The limits are bytes. */
export function size({
  min,
  max,
}: {
  readonly min: number;
  readonly max: number;
}): ValueType<number, `${number}${keyof typeof UNITS}`> {
  return {
    arity: 'one',
    values: `size, \`${min}B\` to \`${max}B\``,
    expected: EXPECTED,
    file: { kind: 'text', pattern: '^\\d+(?:B|KiB|MiB)$' },
    parse: ([text = '']) => {
      const parts = /^(\d+)(B|KiB|MiB)$/.exec(text);
      if (parts === null) return refuse('invalid_size', EXPECTED, text);
      const bytes = Number(parts[1]) * UNITS[parts[2] as keyof typeof UNITS];
      if (bytes < min) return refuse('too_small', `at least ${min}B`, text);
      return bytes > max ? refuse('too_large', `at most ${max}B`, text) : accept(bytes);
    },
  };
}
