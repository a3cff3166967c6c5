import test from 'ava';
import { flagOf, variableOf } from '../../src/config/option.ts';

for (const [key, flag, variable] of [
  ['to', '--to', 'HERALD_TO'],
  ['headerTimeout', '--header-timeout', 'HERALD_HEADER_TIMEOUT'],
  ['maxSessionsPerClient', '--max-sessions-per-client', 'HERALD_MAX_SESSIONS_PER_CLIENT'],
  ['crc32c', '--crc32c', 'HERALD_CRC32C'],
] as const) {
  test(`${key} is ${flag} and ${variable}`, (t) => {
    t.is(flagOf(key), flag);
    t.is(variableOf(key), variable);
  });
}
