import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readResultFile, whyNotWritable, writeText } from '../../../src/load/report/result-files.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { LINUX } from '../../linux/on-linux.ts';
import { CALM } from '../sample-result.ts';

test('a result is written and read again; a path that can not be is told before', async (t) => {
  const folder = await folderFor(t);
  const file = join(folder, 'result.json');
  t.is(whyNotWritable(file), undefined);
  t.deepEqual(await readdir(folder), []);
  t.is(writeText(file, JSON.stringify(CALM)), undefined);
  t.is(whyNotWritable(file), undefined);
  t.deepEqual(readResultFile(file), CALM);
  t.is(whyNotWritable(join(folder, 'none', 'result.json')), 'no such file or directory');
  await mkdir(join(folder, 'folder'));
  t.is(whyNotWritable(join(folder, 'folder')), 'it is a directory');
  t.deepEqual(readResultFile(join(folder, 'none')), { problem: 'no such file or directory' });
});

test('whether there is room is tried without a trace', async (t) => {
  const file = join(await folderFor(t), 'result.json');
  await writeFile(file, 'of another run');
  t.is(whyNotWritable(file), undefined);
  t.is(await readFile(file, 'utf8'), 'of another run');
});

(LINUX ? test : test.skip)('a device is not tried, and what it does not take is told', (t) => {
  t.is(whyNotWritable('/dev/full'), undefined);
  t.is(writeText('/dev/full', 'x'), 'the disk is full');
});
