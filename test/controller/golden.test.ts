import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parse, stringify } from 'yaml';
import { translate } from '../../src/controller/translate/translate.ts';
import { type WrittenWorld, worldOf } from './golden-world.ts';

// Pairs of files: a cluster, and what it is translated to (G1). The first line of each cluster says which rule it shows.
// HERALD_UPDATE_GOLDEN=1 writes the second file of each pair anew; what changed is then reviewed as a diff.

const folder = fileURLToPath(new URL('../../../test/controller/golden/', import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.slice(0, -'.in.yaml'.length))
  .sort();

test('there are pairs, and each result has its cluster', (t) => {
  t.true(names.length >= 25);
  const results = readdirSync(folder).flatMap((file) => /^(.*)\.out\.yaml$/.exec(file)?.[1] ?? []);
  t.deepEqual(results.sort(), names);
});

for (const name of names) {
  const text = readFileSync(`${folder}${name}.in.yaml`, 'utf8');
  const rule = /^# (.*)/.exec(text)?.[1];
  test(`${name}: ${rule}`, (t) => {
    t.regex(rule ?? '', /^G\d/, 'the first line names the rule that the file is for');
    const { objects, place } = worldOf(parse(text) as WrittenWorld);
    const result = stringify(translate(objects, place), { lineWidth: 0, aliasDuplicateObjects: false });
    const path = `${folder}${name}.out.yaml`;
    if (process.env.HERALD_UPDATE_GOLDEN === '1') writeFileSync(path, result);
    t.is(readFileSync(path, 'utf8'), result);
  });
}
