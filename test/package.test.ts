import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string) => readFile(root + name, 'utf8');

test('the package is in no registry, as the README says, and no slip puts it there', async (t) => {
  const [text, readme] = await Promise.all(['package.json', 'README.md'].map(read));
  t.true(JSON.parse(text!).private);
  t.regex(readme!, /Herald is published in no registry, and its package is `private`/);
});

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

/** The paths of what `npm pack` would pack. Scripts are not run: `prepare` would compile while other tests run. */
const packed = pack();

async function pack(): Promise<readonly string[]> {
  const command = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', command, { cwd: root, maxBuffer: 16 * 2 ** 20 });
  const [{ files }] = JSON.parse(stdout) as [Packed];
  return files.map(({ path }) => path);
}

test('the package holds the program, its types and its papers, and nothing else', async (t) => {
  const paths = await packed;
  const papers = paths.filter((path) => !path.startsWith('dist/src/'));
  t.deepEqual(papers.sort(), [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'THIRD_PARTY_NOTICES.md',
    'package.json',
  ]);
  const programs = paths.filter((path) => path.startsWith('dist/src/'));
  t.deepEqual(
    programs.filter((path) => !/\.(js|d\.ts)$/.test(path)),
    [],
  );
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  t.true(sources.length > 100);
  const compiled = new Set(programs);
  const missing = sources.map((path) => `dist/src/${path.replace(/\.ts$/, '.js')}`);
  t.deepEqual(
    missing.filter((path) => !compiled.has(path)),
    [],
  );
});

test('each entry of the package is in it', async (t) => {
  const { bin, exports } = JSON.parse(await read('package.json')) as {
    readonly bin: { readonly [name: string]: string };
    readonly exports: { readonly [name: string]: string };
  };
  const paths = new Set(await packed);
  const entries = [...Object.values(bin), ...Object.values(exports)];
  t.true(entries.length > 3);
  for (const entry of entries) t.true(paths.has(entry.replace(/^\.\//, '')), entry);
});

test('package.json names no repository, home page or funding, for there is none', async (t) => {
  const fields = Object.keys(JSON.parse(await read('package.json')));
  t.deepEqual(
    fields.filter((field) => ['repository', 'homepage', 'bugs', 'funding', 'author'].includes(field)),
    [],
  );
});

test('each folder of tests is run by one script: as a room, two files at once, alone where memory, time or load is looked at, or besides `npm test`', async (t) => {
  const { scripts } = JSON.parse(await read('package.json'));
  const patterns = (name: string) => [...scripts[name].matchAll(/'([^']+)'/g)].map(([, pattern]) => pattern!);
  // Braces around a single name match nothing.
  const wholeFolders = /^test\/(?:\{([\w,-]+,[\w,-]+)\}|([\w-]+))\/\*\*$/;
  const named = [
    'test:rules',
    'test:live',
    'test:alone',
    'test:restarts',
    'gateway-long',
    'own-address',
  ].flatMap((name) =>
    patterns(name).flatMap((pattern) => {
      const [, several, one] = wholeFolders.exec(pattern) ?? [];
      return several?.split(',') ?? one ?? [];
    }),
  );
  const rooms = readdirSync(`${root}test/rooms`).map((file) => file.replace('.test.ts', ''));
  t.true(rooms.length > 5);
  const entries = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' });
  const folders = entries.filter((path) => /\/.*\.test\.ts$/.test(path)).map((path) => path.split('/')[0]!);
  t.deepEqual([...named, ...rooms].toSorted(), [...new Set(folders)].toSorted());
  const parts = patterns('test:alone').filter((pattern) => !wholeFolders.test(pattern));
  // What a room leaves out, and what the others leave out, is run alone.
  const ofRoom = 'test/load/run-*';
  t.true((await read('test/rooms/load.test.ts')).includes("!file.startsWith('run-')"));
  const left = patterns('test:live').filter((pattern) => pattern.startsWith('!'));
  t.true(left.length > 0);
  t.deepEqual([ofRoom, ...left.map((pattern) => pattern.slice(1))], [...parts, ...patterns('test:gateway')]);
});
