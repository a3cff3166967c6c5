import { accept, refuse, type ValueType } from '../value-type.ts';
import { duration, type WrittenDuration } from './duration.ts';

const EXPECTED = 'none, tcp, or tcp:10s for another interval than 5 s';
const USUAL_MS = 5000;
const interval = duration({ min: '100ms', zero: false });

/** How often endpoints are checked, in milliseconds; `none` is 0. */
export const probe: ValueType<number, 'none' | 'tcp' | `tcp:${WrittenDuration}` | false> = {
  arity: 'one',
  values: '`none` `tcp` `tcp:INTERVAL`',
  expected: EXPECTED,
  file: { kind: 'text', pattern: '^tcp(?::\\d+(?:ms|s|m|h))?$', none: true },
  parse: ([text = '']) => {
    if (text === 'none') return accept(0);
    if (text === 'tcp') return accept(USUAL_MS);
    if (!text.startsWith('tcp:')) return refuse('unknown_choice', EXPECTED, text);
    return interval.parse([text.slice('tcp:'.length)]);
  },
};
