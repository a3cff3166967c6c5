import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readResultFile, whyNotWritable, writeText } from '../../src/load/result-files.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { CALM } from './sample-result.ts';

test('a result is written and read again; a path that can not be is told before', async (t) => {
  const folder = await folderFor(t);
  const file = join(folder, 'result.json');
  t.is(whyNotWritable(file), undefined);
  writeText(file, JSON.stringify(CALM));
  t.is(whyNotWritable(file), undefined);
  t.deepEqual(readResultFile(file), CALM);
  t.is(whyNotWritable(join(folder, 'none', 'result.json')), 'there is no such file, or folder');
  await mkdir(join(folder, 'folder'));
  t.is(whyNotWritable(join(folder, 'folder')), 'it is a folder');
  t.deepEqual(readResultFile(join(folder, 'none')), { problem: 'there is no such file, or folder' });
});
