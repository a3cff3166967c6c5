import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';

test('the package is in no registry, as the README says, and no slip puts it there', async (t) => {
  const [text, readme] = await Promise.all(
    ['package.json', 'README.md'].map((name) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8')),
  );
  t.true(JSON.parse(text!).private);
  t.regex(readme!, /Herald is published in no registry, and its package is `private`/);
});

test('each folder of tests is run by one of three scripts: two files at once, or alone where memory, time or load is looked at', async (t) => {
  const { scripts } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  const patterns = (name: string) => [...scripts[name].matchAll(/'([^']+)'/g)].map(([, pattern]) => pattern!);
  const wholeFolders = /^test\/\{([\w,-]+)\}\/\*\*$/;
  const named = ['test:rules', 'test:live', 'test:alone'].flatMap((name) =>
    patterns(name).flatMap((pattern) => wholeFolders.exec(pattern)?.[1]?.split(',') ?? []),
  );
  const root = fileURLToPath(new URL('../../test/', import.meta.url));
  const entries = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const folders = entries.filter((path) => /\/.*\.test\.ts$/.test(path)).map((path) => path.split('/')[0]!);
  t.deepEqual(named.toSorted(), [...new Set(folders)].toSorted());
  const left = patterns('test:live').filter((pattern) => pattern.startsWith('!'));
  t.true(left.length > 0);
  t.deepEqual(
    left.map((pattern) => pattern.slice(1)),
    patterns('test:alone').filter((pattern) => !wholeFolders.test(pattern)),
  );
});
