import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { realFiles } from '../../src/discovery/files.ts';

test('a file is read with the time of its change, and one that cannot be read is undefined', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'token');
  t.is(realFiles.read(path), undefined);
  t.is(realFiles.modifiedMs(path), undefined);
  await writeFile(path, 'text');
  await utimes(path, 5, 7);
  t.is(realFiles.read(path), 'text');
  t.is(realFiles.modifiedMs(path), 7000);
  t.is(realFiles.modifiedMs(join(path, 'below')), undefined);
  t.is(realFiles.read(folder), undefined);
});
