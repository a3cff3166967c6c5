import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { COMMANDS } from '../src/cli/commands.ts';
import { flagOf } from '../src/config/option.ts';

// The pages about the project itself: what they tell the reader to run can be run. Their links are test/docs.test.ts.

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pagesOf = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

/** What every command has, and none lists. */
const OTHERS = ['--version', '--help'];
const INDEX = 'docs/decisions/README.md';
const [BEGIN, END] = ['<!-- list: decisions -->\n', '<!-- end -->'];
const DECISIONS = pagesOf('docs/decisions');

test('each npm script and each test that CONTRIBUTING and RELEASING name is there', (t) => {
  const { scripts } = JSON.parse(read('package.json')) as {
    readonly scripts: { readonly [name: string]: string };
  };
  const text = read('CONTRIBUTING.md') + read('RELEASING.md');
  const run = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(
    ([, name, own]) => name ?? own!,
  );
  t.true(run.length > 5);
  t.deepEqual(
    run.filter((name) => !(name in scripts)),
    [],
  );
  const paths = [...text.matchAll(/\b(?:test|k8s|bench|examples|docs)\/[\w/.-]*\w/g)].map(([path]) => path);
  t.true(paths.length > 5);
  t.deepEqual(
    paths.filter((path) => !existsSync(join(root, path))),
    [],
  );
});

test('each flag that SECURITY, ROADMAP and the decisions name is one of Herald', async (t) => {
  const commands = await Promise.all(COMMANDS.map(({ load }) => load()));
  const known = new Set(commands.flatMap(({ flags }) => flags.map(({ key }) => flagOf(key))));
  t.true(known.has('--trust'));
  for (const page of ['SECURITY.md', 'ROADMAP.md', ...DECISIONS]) {
    // Of code alone: a dash of prose is no flag.
    const code = [...read(page).matchAll(/`[^`]*`/g)].map(([text]) => text);
    const used = code.flatMap((text) =>
      [...text.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)].map(([flag]) => flag),
    );
    const unknown = used.filter((flag) => !known.has(flag) && !OTHERS.includes(flag));
    t.deepEqual(unknown, [], page);
  }
});

/** What docs/decisions/README.md promises of a record. It may have other sections between these. */
const SECTIONS = ['Decided', 'Why', 'What was tried', 'What would change our mind'];

for (const page of DECISIONS.filter((path) => path !== INDEX)) {
  test(`${page} has the sections of a record, in their order`, (t) => {
    const headings = [...read(page).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading!);
    t.deepEqual(
      headings.filter((heading) => SECTIONS.includes(heading)),
      SECTIONS,
    );
  });
}

/** The index of the decisions: with HERALD_UPDATE_DOCS=1 it is written. */
test('each decision has a number of its own, and stands in the index under its title', (t) => {
  const records = DECISIONS.map((path) => path.split('/').at(-1)!).filter((name) => name !== 'README.md');
  t.true(records.length > 10);
  const numbers = records.map((name) => /^\d{4}(?=-[a-z0-9-]+\.md$)/.exec(name)?.[0]);
  t.is(new Set(numbers).size, records.length);
  const lines = records.sort().map((name) => {
    const [, title] = new RegExp(`^# ${name.slice(0, 4)}: (.+)\n`).exec(read(`docs/decisions/${name}`)) ?? [];
    t.truthy(title, `${name} begins with its number and its title`);
    return `- ${name.slice(0, 4)} [${title}](${name})`;
  });
  const [before, rest] = read(INDEX).split(BEGIN);
  const end = rest!.indexOf(END);
  const list = `${lines.join('\n')}\n`;
  if (process.env.HERALD_UPDATE_DOCS === '1')
    writeFileSync(join(root, INDEX), `${before}${BEGIN}${list}${rest!.slice(end)}`);
  else t.is(rest!.slice(0, end), list);
});

test('the changelog has the sections of Keep a Changelog, and each version but the next its date', (t) => {
  const [, next, ...versions] = read('CHANGELOG.md').split(/^## /m);
  t.regex(next!, /^Unreleased\n/);
  const sections = [...next!.matchAll(/^### (.+)$/gm)].map(([, name]) => name!);
  t.is(new Set(sections).size, sections.length);
  const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Security', 'Fixed'];
  t.deepEqual(
    sections,
    known.filter((name) => sections.includes(name)),
  );
  const { version } = JSON.parse(read('package.json')) as { readonly version: string };
  t.true(versions[0]!.startsWith(`${version} - `));
  for (const text of versions) t.regex(text, /^\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d\n/);
});
