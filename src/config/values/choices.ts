import type { AffinityOption } from '../config.ts';
import { nearestWord } from '../nearest-word.ts';
import { accept, refuse, refuseWithHint, type ValueType } from '../value-type.ts';
import { duration, type WrittenDuration } from './numbers.ts';

/** The word; a number if it looks like one; `false` if `none` is a choice. */
type WrittenChoice<T extends string> =
  | T
  | (T extends `${infer Digits extends number}` ? Digits : never)
  | ('none' extends T ? false : never);

/** One word of a closed list. */
export function choice<const T extends string>(...choices: readonly T[]): ValueType<T, WrittenChoice<T>> {
  const expected = `one of ${choices.join(', ')}`;
  return {
    arity: 'one',
    values: choices.map((word) => `\`${word}\``).join(' '),
    expected,
    file: { kind: 'choice', choices },
    parse: ([text = '']) => {
      const found = choices.find((word) => word === text);
      if (found !== undefined) return accept(found);
      const near = nearestWord(text, choices);
      return near === undefined
        ? refuse('unknown_choice', expected, text)
        : refuseWithHint('unknown_choice', expected, text, near);
    },
  };
}

const FLAG = 'true or false';
const FLAG_WORDS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** A switch: the flag alone means `true`; a variable has a value. */
export const flag: ValueType<boolean, boolean> = {
  arity: 'flag',
  values: 'flag',
  expected: FLAG,
  file: { kind: 'flag' },
  parse: ([text = '']) => {
    const value = FLAG_WORDS.get(text);
    return value === undefined ? refuse('invalid_flag', FLAG, text) : accept(value);
  },
};

const AFFINITY = 'none, service, client-ip, or client-ip:10m for a time other than 3h';

/** kubernetes.md A1: `timeoutSeconds` is 10800 by default, and at most a day. */
const AFFINITY_MS = 10_800_000;
const MOST_AFFINITY_MS = 86_400_000;
const affinityTime = duration({ min: '1s', zero: false });

/** Whether a client stays with its endpoint, and for how long. */
export const affinity: ValueType<
  AffinityOption,
  'none' | 'service' | 'client-ip' | `client-ip:${WrittenDuration}` | false
> = {
  arity: 'one',
  values: '`none` `client-ip` `client-ip:DURATION` `service`',
  expected: AFFINITY,
  file: { kind: 'text', pattern: '^(?:service|client-ip(?::\\d+(?:ms|s|m|h))?)$', none: true },
  parse: ([text = '']) => {
    if (text === 'none' || text === 'service') return accept({ kind: text });
    if (text === 'client-ip') return accept({ kind: 'client-ip', ms: AFFINITY_MS });
    if (!text.startsWith('client-ip:')) return refuse('unknown_choice', AFFINITY, text);
    const parsed = affinityTime.parse([text.slice('client-ip:'.length)]);
    if (!('value' in parsed)) return parsed;
    if (parsed.value > MOST_AFFINITY_MS) return refuse('too_large', 'at most client-ip:24h', text);
    return accept({ kind: 'client-ip', ms: parsed.value });
  },
};

const PROBE = 'none, tcp, or tcp:10s for an interval other than 5s';
const PROBE_MS = 5000;
const probeInterval = duration({ min: '100ms', zero: false });

/** Interval of health checks in milliseconds; `none` is 0. */
export const probe: ValueType<number, 'none' | 'tcp' | `tcp:${WrittenDuration}` | false> = {
  arity: 'one',
  values: '`none` `tcp` `tcp:INTERVAL`',
  expected: PROBE,
  file: { kind: 'text', pattern: '^tcp(?::\\d+(?:ms|s|m|h))?$', none: true },
  parse: ([text = '']) => {
    if (text === 'none') return accept(0);
    if (text === 'tcp') return accept(PROBE_MS);
    if (!text.startsWith('tcp:')) return refuse('unknown_choice', PROBE, text);
    return probeInterval.parse([text.slice('tcp:'.length)]);
  },
};
