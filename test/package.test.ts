import { readFile } from 'node:fs/promises';
import test from 'ava';

test('the package is in no registry, as the README says, and no slip puts it there', async (t) => {
  const [text, readme] = await Promise.all(
    ['package.json', 'README.md'].map((name) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8')),
  );
  t.true(JSON.parse(text!).private);
  t.regex(readme!, /Herald is published in no registry, and its package is `private`/);
});
