import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';

// Comments and tests cite rules by number. A number that no reader can look up says nothing: docs/rules has each.

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');

/** Files below a folder, with their paths from the root. */
function filesBelow(folder: string, endings: readonly string[]): string[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => endings.some((ending) => path.endsWith(ending)));
}

const SOURCES = [
  ...filesBelow('src', ['.ts']),
  ...filesBelow('test', ['.ts']),
  ...filesBelow('k8s', ['.yaml', '.md']),
].filter((path) => path !== 'test/rules.test.ts');

/** The first cells of all rows of the tables of a page. */
function rulesOf(page: string, form: RegExp): string[] {
  return [...read(page).matchAll(/^\| ([^|]+?) \|/gm)]
    .map(([, cell]) => cell!)
    .filter((cell) => form.test(cell));
}

const KUBERNETES = rulesOf('docs/rules/kubernetes.md', /^[A-Z]\d+b?$/);
const SPECIFICATION = rulesOf('docs/rules/protocol.md', /^\d+$/);
const RULINGS = rulesOf('docs/rules/protocol.md', /^(?!\d+$|rule$|ruling$|-).+/);

/** What reads like the number of a rule and is none. */
const OTHERS: readonly (readonly [path: RegExp, words: readonly string[]])[] = [
  [/wire\/|observe\/log\.ts$/, ['C1']],
  [/test\/load\//, ['P99']],
];

function kubernetesCitations(path: string, text: string): string[] {
  const others = OTHERS.filter(([where]) => where.test(path)).flatMap(([, words]) => words);
  const cited = [...text.matchAll(/(?<![\w/#%-])[SECAHQOWDPG][1-9]\d?b?(?![\w-])/g)].map(
    ([number]) => number,
  );
  return cited.filter((number) => !others.includes(number));
}

/** `rule 30`, but not of an RFC. */
function specificationCitations(text: string): string[] {
  return [...text.matchAll(/(?<!RFC \d+ §[\d.]+ )\brule (\d+)\b/g)].map(([, number]) => number!);
}

interface Cited {
  readonly rules: readonly string[];
  readonly rulings: readonly string[];
}

/** What the vectors say of where each comes from. */
function vectorCitations(): Cited {
  const all = filesBelow('test/vectors', ['.json']).flatMap((path) =>
    [...read(path).matchAll(/"rule": "([^"]+)"/g)].map(([, rule]) => rule!),
  );
  return {
    rules: all.filter((rule) => /^\d+$/.test(rule)),
    rulings: all.flatMap((rule) => /^ruling: (.+)$/.exec(rule)?.[1] ?? []),
  };
}

for (const [name, rules] of Object.entries({ KUBERNETES, SPECIFICATION, RULINGS })) {
  test(`${name.toLowerCase()}: there are rules, and each stands once`, (t) => {
    t.true(rules.length > 15);
    t.deepEqual(
      rules.filter((rule, at) => rules.indexOf(rule) !== at),
      [],
    );
  });
}

test('every rule of Kubernetes that is cited stands in docs/rules', (t) => {
  const cited = SOURCES.flatMap((path) =>
    kubernetesCitations(path, read(path)).map((number) => ({ path, number })),
  );
  t.true(cited.length > 200);
  t.deepEqual(
    cited.filter(({ number }) => !KUBERNETES.includes(number)),
    [],
  );
});

test('every rule of the specification that is cited stands in docs/rules', (t) => {
  const cited = SOURCES.flatMap((path) =>
    specificationCitations(read(path)).map((number) => ({ path, number })),
  );
  const { rules, rulings } = vectorCitations();
  t.true(cited.length > 10 && rules.length > 200 && rulings.length > 30);
  t.deepEqual(
    cited.filter(({ number }) => !SPECIFICATION.includes(number)),
    [],
  );
  t.deepEqual(
    rules.filter((number) => !SPECIFICATION.includes(number)),
    [],
  );
  t.deepEqual(
    rulings.filter((name) => !RULINGS.includes(name)),
    [],
  );
});

test('each test that the rules name is there', (t) => {
  const tests = filesBelow('test', ['.ts', '.json']);
  for (const page of ['docs/rules/protocol.md', 'docs/rules/kubernetes.md']) {
    const named = [...read(page).matchAll(/`([\w/.-]+\.(?:ts|json))`/g)].map(([, path]) => path!);
    t.true(named.length > 10);
    t.deepEqual(
      named.filter(
        (path) => !path.includes('package.json') && !tests.some((each) => `/${each}`.endsWith(`/${path}`)),
      ),
      [],
      page,
    );
  }
});

test('a citation of nothing is found', (t) => {
  t.deepEqual(kubernetesCitations('src/a.ts', '// W7, and (P11): W99 is none, nor are XW7, W7x and 0xE5'), [
    'W7',
    'P11',
    'W99',
  ]);
  t.deepEqual(specificationCitations('protocol rule 44; RFC 9112 §6.3 rule 3'), ['44']);
});
