import type { AffinityOption } from '../config.ts';
import { accept, refuse, type ValueType } from '../value-type.ts';
import { duration, type WrittenDuration } from './duration.ts';

const EXPECTED = 'none, service, client-ip, or client-ip:10m for another time than 3 h';

/** kubernetes.md A1: `timeoutSeconds` is 10800 where nobody says otherwise, and at most a day. */
const USUAL_MS = 10_800_000;
const MOST_MS = 86_400_000;
const time = duration({ min: '1s', zero: false });

/** Whether, and how long, a client stays with its endpoint. */
export const affinity: ValueType<
  AffinityOption,
  'none' | 'service' | 'client-ip' | `client-ip:${WrittenDuration}` | false
> = {
  arity: 'one',
  values: '`none` `client-ip` `client-ip:DURATION` `service`',
  expected: EXPECTED,
  file: { kind: 'text', pattern: '^(?:service|client-ip(?::\\d+(?:ms|s|m|h))?)$', none: true },
  parse: ([text = '']) => {
    if (text === 'none' || text === 'service') return accept({ kind: text });
    if (text === 'client-ip') return accept({ kind: 'client-ip', ms: USUAL_MS });
    if (!text.startsWith('client-ip:')) return refuse('unknown_choice', EXPECTED, text);
    const parsed = time.parse([text.slice('client-ip:'.length)]);
    if (!('value' in parsed)) return parsed;
    if (parsed.value > MOST_MS) return refuse('too_large', 'at most client-ip:24h', text);
    return accept({ kind: 'client-ip', ms: parsed.value });
  },
};
