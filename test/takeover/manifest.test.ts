import test from 'ava';
import { parseAddress } from '../../src/address/socket-address.ts';
import { formatManifest, type ManifestEntry, parseManifest } from '../../src/takeover/manifest.ts';

function entry(name: string, text: string, worker = 0): ManifestEntry {
  const address = parseAddress(text);
  if ('problem' in address) throw new Error(address.problem);
  return { name, address, worker };
}

const ADDRESSES = [
  ':80',
  '0.0.0.0:80',
  '[::]:80',
  '127.0.0.1:8080',
  '[2001:db8::1]:443',
  'unix:/run/a b.sock',
];
const WEB = { name: 'web', address: '127.0.0.1:80', protocol: 'tcp', worker: 0 };

const manifest = (value: unknown) => Buffer.from(JSON.stringify(value));
const problemOf = (bytes: Uint8Array) => {
  const read = parseManifest(bytes);
  return 'problem' in read ? read.problem : undefined;
};

test('a manifest is read back as it was, with every kind of address', (t) => {
  const entries = ADDRESSES.map((text, at) => entry(`listener "${at}" ä`, text, at));
  t.deepEqual(parseManifest(formatManifest(entries)), entries);
  t.deepEqual(parseManifest(formatManifest([])), []);
});

test('its form is the one that another version of Herald reads', (t) => {
  t.deepEqual(JSON.parse(Buffer.from(formatManifest([entry('web', ':80', 3)])).toString()), {
    version: 1,
    listeners: [{ name: 'web', address: ':80', protocol: 'tcp', worker: 3 }],
  });
});

test('keys that a later Herald may add are ignored', (t) => {
  const bytes = manifest({ version: 1, listeners: [{ ...WEB, backlog: 5 }], made: 'later' });
  t.deepEqual(parseManifest(bytes), [entry('web', '127.0.0.1:80')]);
});

for (const [defect, bytes, problem] of [
  ['no JSON', Buffer.from('{"version": 1'), 'the manifest is not JSON'],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'the manifest is not JSON'],
  ['empty', Buffer.alloc(0), 'the manifest is not JSON'],
  ['a list', manifest([]), 'the manifest must be an object, got []'],
  ['null', manifest(null), 'the manifest must be an object, got null'],
  [
    'of version 2',
    manifest({ version: 2, sockets: [] }),
    'the manifest has version 2, this process knows version 1',
  ],
  [
    'of a version in quotes',
    manifest({ version: '1' }),
    'the manifest has version "1", this process knows version 1',
  ],
  [
    'without a version',
    manifest({ listeners: [] }),
    'the manifest has version nothing, this process knows version 1',
  ],
  ['without listeners', manifest({ version: 1 }), '"listeners" must be a list, got nothing'],
] as const) {
  test(`a manifest that is ${defect} is refused`, (t) => {
    t.is(problemOf(bytes), problem);
  });
}

for (const [value, problem] of [
  [7, 'expected an object, got 7'],
  [{ ...WEB, name: '' }, '"name" must be a text that is not empty, got ""'],
  [{ ...WEB, name: undefined }, '"name" must be a text that is not empty, got nothing'],
  [{ ...WEB, address: 80 }, '"address" must be a text, got 80'],
  [
    { ...WEB, address: '127.0.0.1' },
    '"address": expected host:port, [v6]:port, :port or unix:/path, got "127.0.0.1"',
  ],
  [{ ...WEB, address: 'localhost:80' }, '"address" must be written "127.0.0.1:80", got "localhost:80"'],
  [{ ...WEB, address: '[0:0::1]:80' }, '"address" must be written "[::1]:80", got "[0:0::1]:80"'],
  [
    { ...WEB, address: `unix:/${'p'.repeat(107)}` },
    '"address": a socket path has at most 107 bytes, this one has 108',
  ],
  [{ ...WEB, protocol: 'udp' }, '"protocol" must be "tcp" or "unix", got "udp"'],
  [{ ...WEB, protocol: 'unix' }, '"protocol" is "unix", but "address" is "127.0.0.1:80"'],
  [{ ...WEB, worker: -1 }, '"worker" must be an integer of at least 0, got -1'],
  [{ ...WEB, worker: 0.5 }, '"worker" must be an integer of at least 0, got 0.5'],
  [{ ...WEB, worker: '0' }, '"worker" must be an integer of at least 0, got "0"'],
] as const) {
  test(`an entry is refused: ${problem}`, (t) => {
    t.is(problemOf(manifest({ version: 1, listeners: [WEB, value] })), `entry 1 of the manifest: ${problem}`);
  });
}

test('a sentence shows the start of a long value', (t) => {
  const problem = problemOf(manifest({ version: 'x'.repeat(1000) }))!;
  t.true(problem.length < 200);
});
