import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type Import, importsOf, readSource } from './helpers/read-source.ts';

// The house of src/README.md, held to the code: who may import whom, and how files are made. The sources are read,
// not what the compiler makes of them, for imports of types count.

interface Room {
  readonly rooms: readonly string[];
  /** Rooms of which only types may be imported. */
  readonly types?: readonly string[];
  readonly outside: readonly string[];
}

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
  loop: { rooms: ['linux'], outside: [] },
  'engine/main-thread': {
    rooms: ['address', 'plan', 'shared-memory', 'session', 'accept'],
    outside: ['node:net'],
  },
  'engine/net': { rooms: [...RULES, 'accept', 'engine/main-thread'], outside: ['node:net'] },
  'engine/http': { rooms: [...RULES, 'accept', 'engine/main-thread'], outside: ['node:http'] },
  'engine/threads': {
    rooms: ['endpoints', 'plan', 'shared-memory', 'linux'],
    outside: ['node:worker_threads'],
  },
  'engine/epoll': {
    rooms: ['endpoints', 'plan', 'session', 'shared-memory', 'linux', 'loop', 'engine/threads'],
    outside: ['node:worker_threads'],
  },
  health: { rooms: ['address', 'wire', 'endpoints'], outside: ['node:net'] },
  discovery: {
    rooms: ['address', 'endpoints'],
    outside: ['node:http', 'node:http2', 'node:net', 'node:tls', 'node:dns', 'node:fs', 'yaml'],
  },
  observe: { rooms: ['address', 'plan', 'shared-memory'], outside: ['pino', 'prom-client'] },
  config: { rooms: ['address'], types: ['wire', 'plan'], outside: ['zod', 'yaml', 'node:fs'] },
  transparent: { rooms: ['address', 'plan', 'shared-memory', 'session', 'linux', 'observe'], outside: [] },
  control: {
    rooms: [
      ...[
        'address',
        'endpoints',
        'plan',
        'shared-memory',
        'linux',
        'health',
        'discovery',
        'observe',
        'config',
      ],
      ...['engine/main-thread', 'engine/net', 'engine/http', 'engine/epoll'],
    ],
    outside: ['node:os', 'node:fs', 'node:net'],
  },
  ops: {
    rooms: ['address', 'endpoints', 'plan', 'shared-memory', 'accept', 'observe', 'config', 'control'],
    outside: ['node:http', 'node:net', 'node:fs'],
  },
  app: {
    rooms: [
      ...['address', 'plan', 'shared-memory', 'engine/main-thread', 'health', 'observe', 'config'],
      ...['transparent', 'control', 'ops'],
    ],
    outside: ['node:os', 'node:fs'],
  },
  load: {
    rooms: ['address', 'linux', 'loop'],
    outside: [
      ...['node:net', 'node:worker_threads', 'node:fs'],
      ...['proxy-protocol-js', 'hdr-histogram-js', 'cli-progress'],
    ],
  },
  web: { rooms: [], types: ['load'], outside: [] },
  tools: {
    rooms: ['address', 'wire', 'accept', 'plan', 'control', 'app'],
    types: ['observe'],
    outside: ['node:http', 'node:net'],
  },
  cli: {
    rooms: ['address', 'config', 'transparent', 'app', 'load', 'tools'],
    types: ['observe'],
    outside: ['yargs'],
  },
  'main.ts': { rooms: ['cli'], outside: [] },
  'index.ts': { rooms: ['accept', 'plan', 'config', 'app'], outside: [] },
};

/** What the code needs beyond the table, each with its reason. One that nothing needs any more fails below. */
const BEYOND: readonly { readonly room: string; readonly needs: string; readonly why: string }[] = [
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
  {
    room: 'session',
    needs: 'node:fs',
    why: 'the range of local ports, which a dial of this machine may come from, is a file of the kernel',
  },
  { room: 'session', needs: 'node:os', why: 'whether an endpoint is an address of this machine' },
  { room: 'engine/epoll', needs: 'node:fs', why: 'the path of a unix socket goes when its listener does' },
  { room: 'tools', needs: 'config', why: 'the demo makes its configuration by configFromValue' },
  { room: 'tools', needs: 'node:stream', why: 'the standard streams of the host' },
  { room: 'tools', needs: 'node:events', why: 'the demo waits for its requests' },
  { room: 'cli', needs: 'node:http', why: 'status, endpoints, sessions and refused ask the admin address' },
  { room: 'cli', needs: 'node:fs', why: 'inspect reads a file' },
  { room: 'cli', needs: 'node:stream', why: 'the standard streams of the host' },
  { room: 'cli', needs: 'node:events', why: 'a printer waits for a full stream' },
  {
    room: 'main.ts',
    needs: 'observe',
    why: 'what is queued on the standard streams goes out before the exit',
  },
  { room: 'main.ts', needs: 'node:fs', why: 'the version stands in package.json' },
];

/**
 * What rooms may take of `node:process`, by name and never all of it: `linux` chooses what fits the machine, `accept`
 * warns as libraries do, and `app` says for a Herald inside a program what `main.ts` says for the command.
 */
const OF_PROCESS: { readonly [room: string]: readonly string[] } = {
  linux: ['platform', 'arch'],
  accept: ['emitWarning'],
  app: ['pid', 'platform', 'umask', 'versions'],
};
/** Buffer, timers and crypto are free. */
const FREE = ['node:crypto', 'node:buffer', 'node:timers'];
/** The faces of the package: `.`, `./accept` and `./wire`. Nothing else may be made of re-exports alone. */
const FACES = ['index.ts', 'accept/index.ts', 'wire/index.ts'];
const MAX_LINES = 300;
const VAGUE = /^(?:utils?|helpers?|common|types?|misc|shared)\.ts$/;

// ── the rules ──

/** The room of a path below src: a folder, one engine, or a file at the top. */
function roomOf(path: string): string {
  const parts = path.split('/');
  return parts.slice(0, parts[0] === 'engine' ? 2 : 1).join('/');
}

const beyond = (room: string) => BEYOND.filter((each) => each.room === room).map(({ needs }) => needs);

/** What the import needs that the room has not: its name, or undefined where all is well. */
function missing(
  path: string,
  { of, typeOnly, names }: Import,
  besides: readonly string[],
): string | undefined {
  const room = roomOf(path);
  const allowed = ROOMS[room];
  if (allowed === undefined) return undefined;
  if (of === null) return 'an import whose name is computed';
  if (of.startsWith('.')) {
    const to = roomOf(posix.join(posix.dirname(path), of));
    const may = [room, ...allowed.rooms, ...(typeOnly ? (allowed.types ?? []) : []), ...besides];
    return may.includes(to) ? undefined : to;
  }
  if (of === 'node:process' && names !== null) {
    return names.every((name) => OF_PROCESS[room]?.includes(name)) ? undefined : of;
  }
  const module = of.replace(/^(node:[^/]+)\/.*$/, '$1');
  return [...allowed.outside, ...FREE, ...besides].includes(module) ? undefined : module;
}

/** The global, and no variable or key of that name. */
function usesProcess(path: string, code: string): boolean {
  if (path === 'main.ts') return false;
  const rest = path.startsWith('linux/') ? code.replace(/\bprocess\.(?:platform|arch)\b/g, '') : code;
  if (/\bglobal(?:This)?\s*\.\s*process\b/.test(rest)) return true;
  const members = [...rest.matchAll(/(?<![.\w$#])process\s*\??\.\s*(\w+)/g)];
  if (members.some(([, member]) => member! in process)) return true;
  const isDeclared =
    /\b(?:const|let)\s+process\b|\bconst\s*\{[^}]*\bprocess\b[^}]*\}\s*=|[(,]\s*process\s*\??:/;
  if (isDeclared.test(rest)) return false;
  return /(?<![.\w$#])process\b/.test(rest.replace(/(?:[{,;(]|\breadonly)\s*process\s*\??\s*:/g, ''));
}

function problemsOf(path: string, text: string): string[] {
  const source = readSource(text);
  const name = posix.basename(path);
  const left = source.code.replace(/\b(?:import|export)\s+[^;"()]*\bfrom\s*"\d+";?/g, '').trim();
  const rules: readonly (readonly [broken: boolean, problem: string])[] = [
    [ROOMS[roomOf(path)] === undefined, 'in no room of the table'],
    [usesProcess(path, source.code), 'the global process'],
    [text.split('\n').length > MAX_LINES + 1, `over ${MAX_LINES} lines`],
    [!path.split('/').every((part) => /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.ts)?$/.test(part)), 'not in kebab-case'],
    [VAGUE.test(name), 'a name that says nothing'],
    [left === '' && !FACES.includes(path), 'a barrel'],
    [name === 'index.ts' && !FACES.includes(path), 'an index that is no face of the package'],
    [/(?<![.\w$])enum\s+\w+\s*\{/.test(source.code), 'an enum'],
    [/(?<![.\w$])(?:namespace|module)\s+[\w.]+\s*\{/.test(source.code), 'a namespace'],
  ];
  return [
    ...importsOf(source).flatMap((each) => missing(path, each, beyond(roomOf(path))) ?? []),
    ...rules.filter(([broken]) => broken).map(([, problem]) => problem),
  ];
}

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

const X = 'export const x = 1;\n';

// Each rule broken once: a check that finds nothing anywhere would be green as well.
const BROKEN: readonly (readonly [path: string, text: string, problems: readonly string[]])[] = [
  ['wire/a.ts', X, []],
  ['wire/a.ts', `import { b } from '../session/b.ts';\n${X}`, ['session']],
  ['wire/a.ts', `import type { B } from '../session/b.ts';\n${X}`, ['session']],
  ['wire/a.ts', `import {\n  b,\n  c,\n} from "../session/b.ts";\n${X}`, ['session']],
  ['wire/a.ts', `export type { B } from '../session/b.ts';\n${X}`, ['session']],
  ['wire/a.ts', `export * from '../session/b.ts';\n${X}`, ['session']],
  ['wire/a.ts', `import '../session/b.ts';\n${X}`, ['session']],
  ['wire/a.ts', `${X}const b = await import('../session/b.ts');`, ['session']],
  ['wire/a.ts', `${X}type B = import('../session/b.ts').B;`, ['session']],
  ['wire/a.ts', `${X}const b = await import(x);`, ['an import whose name is computed']],
  ['wire/a.ts', `${X}const b = await import(\`./b.ts\`);`, ['an import whose name is computed']],
  ['wire/a.ts', `${X}const net = require('node:net');`, ['node:net']],
  ['wire/a.ts', `import { b } from './deep/b.ts';\nimport { c } from '../address/ip.ts';\n${X}`, []],
  ['wire/a.ts', `// import { b } from '../session/b.ts';\n/* import '../session/b.ts'; */\n${X}`, []],
  ['wire/a.ts', `${X}const a = "import '../session/b.ts'", b = \`import 'x' \${x} from 'y'\`;`, []],
  ['wire/a.ts', `${X}const a = \`\${{ b: "}" }} \${\`\${x}\`}\`;\nimport '../session/b.ts';`, ['session']],
  ['wire/a.ts', `${X}const a = /['"\`]/;\nimport '../session/b.ts';`, ['session']],
  ['wire/a.ts', `import { randomBytes } from 'node:crypto';\n${X}`, []],
  ['wire/a.ts', `import { readFile } from 'node:fs/promises';\n${X}`, ['node:fs']],
  ['wire/a.ts', `import lodash from 'lodash';\n${X}`, ['lodash']],
  ['config/a.ts', `import type { B } from '../plan/b.ts';\n${X}`, []],
  ['config/a.ts', `import { type B } from '../plan/b.ts';\n${X}`, ['plan']],
  ['engine/epoll/a.ts', `import { b } from '../net/b.ts';\n${X}`, ['engine/net']],
  ['cellar/a.ts', X, ['in no room of the table']],
  ['engine/a.ts', X, ['in no room of the table']],
  ['session/a.ts', `${X}process.exit(1);`, ['the global process']],
  ['session/a.ts', `${X}const { env } = process;`, ['the global process']],
  ['session/a.ts', `${X}const all = [globalThis.process.env, x ? process : x];`, ['the global process']],
  ['session/a.ts', `import { env } from 'node:process';\n${X}`, ['node:process']],
  ['session/a.ts', `${X}interface A {\n  readonly process: B;\n}\nuse(config.process.env, '.process');`, []],
  ['session/a.ts', `${X}function f(process: B) {\n  return process.metrics ?? { process };\n}`, []],
  ['session/a.ts', `${X}const { process, b } = c;\nf(process.metrics, process);`, []],
  ['linux/a.ts', `${X}const a = process.platform + process.arch;`, []],
  ['linux/a.ts', `import { arch, platform as p } from 'node:process';\n${X}`, []],
  ['linux/a.ts', `import { arch, env } from 'node:process';\n${X}`, ['node:process']],
  ['linux/a.ts', `import * as all from 'node:process';\n${X}`, ['node:process']],
  ['loop/a.ts', `import { arch } from 'node:process';\n${X}`, ['node:process']],
  ['accept/a.ts', `import { emitWarning } from 'node:process';\n${X}`, []],
  ['accept/a.ts', `import { emitWarning, exit } from 'node:process';\n${X}`, ['node:process']],
  ['accept/a.ts', `import * as all from 'node:process';\n${X}`, ['node:process']],
  ['accept/a.ts', `${X}process.emitWarning('');`, ['the global process']],
  ['linux/a.ts', `${X}const a = process.platform + process.pid;`, ['the global process']],
  ['session/a.ts', '\n'.repeat(300) + X, ['over 300 lines']],
  ['session/a.ts', '\n'.repeat(299) + X, []],
  ['session/someFile.ts', X, ['not in kebab-case']],
  ['session/utils.ts', X, ['a name that says nothing']],
  ['session/all.ts', `export { b } from './b.ts';\nexport type { C } from './c.ts';\n`, ['a barrel']],
  ['session/index.ts', X, ['an index that is no face of the package']],
  ['wire/index.ts', `export { b } from './b.ts';\n`, []],
  ['session/a.ts', 'export enum A {\n  B,\n}\n', ['an enum']],
  ['session/a.ts', `export namespace A {\n  ${X}}\n`, ['a namespace']],
];

test('each rule of the house finds what breaks it, and nothing else', (t) => {
  t.true(BROKEN.length > 30);
  for (const [path, text, problems] of BROKEN)
    t.deepEqual(problemsOf(path, text), problems, `${path}: ${text}`);
});

test('each folder of tests is run by one of the two scripts: two files at once, or alone where time is looked at', (t) => {
  const { scripts } = JSON.parse(readFileSync(`${root}../package.json`, 'utf8'));
  const named = ['test:rules', 'test:live'].flatMap((name) =>
    [...scripts[name].matchAll(/\{([\w,-]+)\}/g)].flatMap(([, folders]) => folders!.split(',')),
  );
  const entries = readdirSync(`${root}../test/`, { recursive: true, encoding: 'utf8' });
  const folders = entries.filter((path) => /\/.*\.test\.ts$/.test(path)).map((path) => path.split('/')[0]!);
  t.deepEqual(named.toSorted(), [...new Set(folders)].toSorted());
});
