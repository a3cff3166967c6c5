import test from 'ava';
import { LEAST, lines } from './read-file.ts';

const HEAD = 'version: 1\nlisteners:\n';
const listener = (line: string) => `${HEAD}  - listen: ":1"\n    to: 10.0.0.1:80\n    ${line}\n`;

for (const [line, message] of [
  ['crc32c: 1', 'crc32c: expected true or false, without quotes, got 1'],
  ['attempts: true', 'attempts: expected a whole number of at least 1, without quotes, got true'],
  ['attempts: none', 'attempts: expected a whole number of at least 1, without quotes, got "none"'],
  ['attempts: 1e400', 'attempts: expected a whole number of at least 1, got "Infinity"'],
  [
    'maxSessionsPerClient: true',
    'maxSessionsPerClient: expected a whole number of at least 1, or none, without quotes, got true',
  ],
  [
    'name: false',
    'name: expected a name of at most 63 lower-case letters, digits and -, not beginning with -, got false',
  ],
  [
    'name: 7',
    'name: expected a name of at most 63 lower-case letters, digits and -, not beginning with -, got 7',
  ],
  ['overLimit: false', 'overLimit: expected one of wait, refuse, got false'],
  [
    'keepalive: false',
    'keepalive: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got false',
  ],
  [
    'headerTimeout: 0',
    'headerTimeout: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got 0',
  ],
  ['maxHeader: 4096', 'maxHeader: expected a size with its unit, such as 4096B or 64KiB, got 4096'],
  [
    'trust: false',
    'trust: expected an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix, got false',
  ],
  ['tlv: {pass: all}', 'tlv: expected pass, pass:TYPE,…, TYPE=HEX or TYPE=text:…, got {"pass":"all"}'],
  ['family: 5', 'family: expected one of auto, 4, 6, got 5'],
  ['forwardedTrust: 10.0.0.0/8', 'forwardedTrust: would have no effect, since present is v2'],
  ['dialFrom: [1]', 'dialFrom: expected an address or a CIDR such as 10.0.1.0/28, got [1]'],
  ['threads: 2', 'threads: there is no such option; it is an option of the process, outside the listeners'],
  ['__proto__: 1', '__proto__: there is no such option'],
] as const) {
  test(`in a file, ${line} is refused`, (t) => {
    t.deepEqual(lines(t, listener(line)), [`herald.yaml:5: listeners[0].${message}`]);
  });
}

for (const line of [
  'maxSessionsPerClient: none',
  'tlv: false',
  'tlv: none',
  'tlv: pass:SSL',
  'probe: false',
  'dialFrom: [10.0.0.9]',
  'dialFrom: 10.0.0.0/28, fd00::1',
  'keepalive: 0',
]) {
  test(`in a file, ${line} is right`, (t) => t.deepEqual(lines(t, listener(line)), []));
}

for (const [text, line] of [
  ['', 'herald.yaml:1: expected a mapping with version and listeners, got nothing'],
  ['# nothing\n', 'herald.yaml:1: expected a mapping with version and listeners, got nothing'],
  ['[1]', 'herald.yaml:1: expected a mapping with version and listeners, got [1]'],
  ['hello', 'herald.yaml:1: expected a mapping with version and listeners, got "hello"'],
  ['version: 1', 'herald.yaml:1: listeners: is required: a list of at least one listener'],
  ['version: 1\nlisteners: []', 'herald.yaml:2: listeners: expected a list of at least one listener, got []'],
  ['version: 1\nlisteners: {}', 'herald.yaml:2: listeners: expected a list of at least one listener, got {}'],
  [LEAST.replace('version: 1', ''), 'herald.yaml:3: version: is required: 1, the version of this format'],
  [LEAST.replace('1', '"1"'), 'herald.yaml:2: version: expected 1, the version of this format, got "1"'],
] as const) {
  test(`${JSON.stringify(text)} is no configuration`, (t) => t.deepEqual(lines(t, text), [line]));
}

test('of many mistakes of one kind 20 are told with their lines, and the others counted', (t) => {
  const keys = Array.from({ length: 1500 }, (_, at) => `key${at}: 1\n`).join('');
  const found = lines(t, `${LEAST}${keys}`);
  t.is(found.length, 21);
  t.is(found[0], 'herald.yaml:6: key0: there is no such option');
  t.is(found[19], 'herald.yaml:25: key19: there is no such option');
  t.is(found[20], 'herald.yaml:26: key20: and 1,480 more unknown keys, the first of them here');
});
