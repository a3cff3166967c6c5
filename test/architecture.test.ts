import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { BROKEN } from './helpers/broken-rules.ts';
import { type Allowance, houseRules, type Room } from './helpers/house-rules.ts';
import { importsOf, readSource } from './helpers/read-source.ts';

// The house of src/README.md, held to the code: who may import whom, and how files are made. The sources are read,
// not what the compiler makes of them, for imports of types count.

const RULES = ['address', 'endpoints', 'plan', 'session'];

/** From the lowest room to the highest: a room imports from those above its own row. */
const ROOMS: { readonly [room: string]: Room } = {
  address: { rooms: [], outside: [] },
  wire: { rooms: ['address'], outside: [] },
  endpoints: { rooms: ['address'], outside: [] },
  plan: { rooms: ['address', 'endpoints'], outside: [] },
  'shared-memory': { rooms: ['address', 'endpoints', 'plan'], outside: [] },
  session: { rooms: ['address', 'wire', 'endpoints', 'plan', 'shared-memory'], outside: [] },
  accept: { rooms: ['address', 'wire', 'plan', 'session'], outside: ['node:net'] },
  linux: { rooms: [], outside: ['koffi'] },
  listening: { rooms: ['plan', 'linux'], outside: ['node:fs', 'node:net'] },
  loop: { rooms: ['linux'], outside: [] },
  'engine/own-machine.ts': { rooms: ['address', 'session'], outside: ['node:fs', 'node:os'] },
  'engine/main-thread': {
    rooms: ['address', 'plan', 'shared-memory', 'session', 'accept', 'engine/own-machine.ts'],
    outside: ['node:net'],
  },
  'engine/net': { rooms: [...RULES, 'accept', 'engine/main-thread'], outside: ['node:net'] },
  'engine/http': { rooms: [...RULES, 'accept', 'engine/main-thread'], outside: ['node:http'] },
  'engine/threads': {
    rooms: ['endpoints', 'plan', 'shared-memory', 'linux'],
    outside: ['node:worker_threads'],
  },
  'engine/epoll': {
    rooms: [
      ...['endpoints', 'plan', 'session', 'shared-memory', 'linux', 'loop'],
      ...['listening', 'engine/own-machine.ts', 'engine/threads'],
    ],
    outside: ['node:worker_threads'],
  },
  health: { rooms: ['address', 'wire', 'endpoints'], outside: ['node:net'] },
  discovery: {
    rooms: ['address', 'endpoints'],
    outside: ['node:http', 'node:http2', 'node:net', 'node:tls', 'node:dns', 'node:fs', 'yaml'],
  },
  observe: { rooms: ['address', 'plan', 'shared-memory'], outside: ['pino', 'prom-client'] },
  takeover: {
    rooms: ['address', 'plan', 'linux', 'listening', 'observe'],
    outside: ['node:net', 'node:child_process', 'node:fs'],
  },
  config: { rooms: ['address'], types: ['wire', 'plan'], outside: ['zod', 'yaml', 'node:fs'] },
  systemd: { rooms: ['address', 'linux'], outside: [] },
  transparent: {
    rooms: ['address', 'endpoints', 'plan', 'shared-memory', 'session', 'linux', 'observe'],
    outside: ['node:net'],
  },
  control: {
    rooms: [
      ...[
        'address',
        'endpoints',
        'plan',
        'shared-memory',
        'linux',
        'listening',
        'health',
        'discovery',
        'observe',
        'config',
      ],
      ...['engine/main-thread', 'engine/net', 'engine/http', 'engine/epoll'],
    ],
    outside: ['node:os', 'node:net'],
  },
  'controller/objects': { rooms: ['address', 'discovery', 'config'], outside: [] },
  'controller/translate': { rooms: ['address', 'config', 'controller/objects'], outside: [] },
  'controller/lease': {
    rooms: ['address', 'config', 'endpoints', 'discovery', 'controller/objects'],
    outside: [],
  },
  'controller/write': {
    rooms: ['endpoints', 'discovery', 'controller/objects', 'controller/translate'],
    outside: [],
  },
  controller: {
    rooms: [
      ...['address', 'endpoints', 'discovery', 'config'],
      ...['controller/objects', 'controller/translate', 'controller/lease', 'controller/write'],
    ],
    types: ['control'],
    outside: [],
  },
  ops: {
    rooms: [
      ...['address', 'endpoints', 'plan', 'shared-memory', 'accept', 'listening', 'observe', 'config'],
      'control',
    ],
    outside: ['node:http', 'node:net', 'node:fs'],
  },
  app: {
    rooms: [
      ...[
        'address',
        'endpoints',
        'plan',
        'shared-memory',
        'linux',
        'listening',
        'engine/main-thread',
        'health',
      ],
      ...['discovery', 'observe'],
      ...['config', 'systemd', 'takeover', 'transparent', 'controller', 'control', 'ops'],
    ],
    outside: ['node:os', 'node:fs', 'node:path'],
  },
  load: {
    rooms: ['address', 'linux', 'loop'],
    outside: [...['node:net', 'node:worker_threads'], ...['proxy-protocol-js', 'hdr-histogram-js']],
  },
  'load/report': { rooms: ['load'], outside: ['node:fs', 'cli-progress'] },
  web: { rooms: [], types: ['load/report'], outside: [] },
  tools: {
    rooms: ['address', 'wire', 'accept', 'plan', 'listening', 'app'],
    types: ['observe'],
    outside: ['node:http', 'node:net'],
  },
  cli: {
    rooms: ['address', 'config', 'transparent', 'app', 'load', 'load/report', 'tools'],
    types: ['observe'],
    outside: ['yargs'],
  },
  'main.ts': { rooms: ['cli'], outside: [] },
  'index.ts': { rooms: ['accept', 'plan', 'config', 'app'], outside: [] },
};

/** What the code needs beyond the table, each with its reason. One that nothing needs any more fails below. */
const BEYOND: readonly Allowance[] = [
  { room: 'main.ts', needs: 'node:v8', why: 'how far the heap may grow is a flag of the whole process' },
  { room: 'observe', needs: 'wire', why: 'the list of refusals decodes the first bytes, and escapes them' },
  { room: 'observe', needs: 'node:stream', why: 'the stream that a log is written to' },
  { room: 'discovery', needs: 'node:zlib', why: 'an API server packs big lists where it is asked to' },
  { room: 'config', needs: 'wire', why: 'TLV types are written by name' },
  { room: 'app', needs: 'node:stream', why: 'the standard streams of the host' },
  {
    room: 'engine/http',
    needs: 'node:net',
    why: 'its sockets: clients are admitted before HTTP sees them, endpoints are dialed, WebSockets are relayed',
  },
  { room: 'tools', needs: 'config', why: 'the demo makes its configuration by configFromValue' },
  { room: 'tools', needs: 'node:stream', why: 'the standard streams of the host' },
  { room: 'tools', needs: 'node:events', why: 'the demo waits for its requests' },
  { room: 'cli', needs: 'node:http', why: 'status, endpoints, sessions and refused ask the admin address' },
  { room: 'cli', needs: 'node:fs', why: 'inspect reads a file' },
  { room: 'cli', needs: 'observe', why: 'bytes of a session are shown as in the log' },
  { room: 'cli', needs: 'node:stream', why: 'the standard streams of the host' },
  { room: 'cli', needs: 'node:events', why: 'a printer waits for a full stream' },
  {
    room: 'main.ts',
    needs: 'observe',
    why: 'what is queued on the standard streams goes out before the exit',
  },
  { room: 'main.ts', needs: 'node:tty', why: 'whether standard input is a terminal, without opening it' },
  { room: 'main.ts', needs: 'node:fs', why: 'the version stands in package.json' },
];

/**
 * What rooms may take of `node:process`, by name and never all of it: `linux` chooses what fits the machine, `accept`
 * warns as libraries do, `systemd` tells the kernel's clock, and `app` says for a Herald inside a program what `main.ts` says for the command.
 */
const OF_PROCESS: { readonly [room: string]: readonly string[] } = {
  linux: ['platform', 'arch'],
  accept: ['emitWarning'],
  systemd: ['hrtime'],
  app: ['pid', 'platform', 'umask', 'versions'],
};
/** The faces of the package: `.`, `./accept` and `./wire`. Nothing else may be made of re-exports alone. */
const FACES = ['index.ts', 'accept/index.ts', 'wire/index.ts'];

const { roomOf, beyond, missing, problemsOf } = houseRules({
  rooms: ROOMS,
  beyond: BEYOND,
  ofProcess: OF_PROCESS,
  faces: FACES,
});

// ── the tests ──

const root = fileURLToPath(new URL('../../src/', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .sort();
const sources = new Map(files.map((path) => [path, readFileSync(root + path, 'utf8')]));

test('there are sources to be held to the house', (t) => {
  t.true(files.length > 50);
  for (const path of [
    'main.ts',
    'index.ts',
    'accept/index.ts',
    'wire/index.ts',
    'engine/net/net-engine.ts',
    'engine/epoll/epoll-engine.ts',
  ])
    t.true(sources.has(path), path);
});

for (const [path, text] of sources) {
  test(`src/${path} imports only what its room may, and keeps the rules of a file`, (t) => {
    t.deepEqual(problemsOf(path, text), []);
  });
}

test('whatever the code may beyond the table is still needed, has a reason, and is said once', (t) => {
  const needed = new Set<string>();
  for (const [path, text] of sources) {
    for (const each of importsOf(readSource(text))) needed.add(`${roomOf(path)} ${missing(path, each, [])}`);
  }
  const said = BEYOND.map(({ room, needs }) => `${room} ${needs}`);
  t.deepEqual(
    said.filter((each) => !needed.has(each)),
    [],
  );
  t.is(new Set(said).size, said.length);
  t.true(BEYOND.every(({ why }) => why.length > 10));
});

/** What a room may import, by the table: rooms, rooms of which only types are imported, modules from outside. */
const allowances = Object.entries(ROOMS).flatMap(([room, { rooms, types = [], outside }]) =>
  [...rooms, ...types, ...outside].map((needs) => `${room} ${needs}`),
);

test('whatever a room may import by the table is imported by it', (t) => {
  const used = new Set<string>();
  for (const [path, text] of sources) {
    for (const { of } of importsOf(readSource(text))) {
      const to = of?.startsWith('.') ? roomOf(posix.join(posix.dirname(path), of)) : of;
      used.add(`${roomOf(path)} ${to?.replace(/^(node:[^/]+)\/.*$/, '$1')}`);
    }
  }
  t.deepEqual(
    allowances.filter((each) => !used.has(each)),
    [],
  );
});

test('an exported type has a name of its own', (t) => {
  const homes = new Map<string, string[]>();
  for (const [path, text] of sources) {
    const { code } = readSource(text);
    for (const [, name] of code.matchAll(/\bexport\s+(?:interface|type|class|abstract\s+class)\s+(\w+)/g))
      homes.set(name!, [...(homes.get(name!) ?? []), path]);
  }
  t.true(homes.size > 100);
  t.deepEqual(
    [...homes].filter(([, paths]) => paths.length > 1),
    [],
  );
});

test('no room imports one that stands below it in the table, so none imports itself by way of others', (t) => {
  const order = Object.keys(ROOMS);
  for (const [at, room] of order.entries()) {
    const { rooms, types = [] } = ROOMS[room]!;
    const needs = [...rooms, ...types, ...beyond(room).filter((each) => order.includes(each))];
    t.deepEqual(
      needs.filter((each) => order.indexOf(each) >= at),
      [],
      room,
    );
  }
});

test('each rule of the house finds what breaks it, and nothing else', (t) => {
  t.true(BROKEN.length > 30);
  for (const [path, text, problems] of BROKEN)
    t.deepEqual(problemsOf(path, text), problems, `${path}: ${text}`);
});
