import test from 'ava';
import { type LogClients, showClient } from '../../src/observe/show-client.ts';

const CASES: readonly [text: string | null, mode: LogClients, shown: string | null][] = [
  ['203.0.113.7:51234', 'full', '203.0.113.7:51234'],
  ['203.0.113.7:51234', 'prefix', '203.0.113.0/24'],
  ['203.0.113.7:51234', 'none', null],
  ['[2001:db8:1:2:3:4:5:6]:443', 'full', '[2001:db8:1:2:3:4:5:6]:443'],
  ['[2001:db8:1:2:3:4:5:6]:443', 'prefix', '2001:db8:1::/48'],
  ['[2001:db8:1:2:3:4:5:6]:443', 'none', null],
  ['[::ffff:203.0.113.7]:1', 'prefix', '203.0.113.0/24'],
  ['unix', 'prefix', 'unix'],
  ['unix', 'none', null],
  [null, 'full', null],
  [null, 'prefix', null],
];

for (const [text, mode, shown] of CASES) {
  test(`--log-clients ${mode} shows ${text} as ${shown}`, (t) => t.is(showClient(text, mode), shown));
}

test('what is no address is not shown by its prefix', (t) => t.is(showClient('secret', 'prefix'), null));
