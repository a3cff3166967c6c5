import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parse } from 'yaml';

// What lies in .github runs on machines of others, where a slip is seen late: here it is held to package.json and .ci/run.

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const yamlBelow = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => ({ name, content: parse(read(`${folder}/${name}`)) as never }));

interface Job {
  readonly 'runs-on': string;
  readonly 'timeout-minutes': number;
  readonly strategy?: { readonly matrix: { readonly [name: string]: readonly string[] } };
  readonly env?: { readonly [name: string]: string };
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly permissions: { readonly [scope: string]: string };
  readonly jobs: { readonly [name: string]: Job };
}

const WORKFLOWS: readonly { readonly name: string; readonly content: Workflow }[] =
  yamlBelow('.github/workflows');
const JOBS = WORKFLOWS.flatMap(({ content }) => Object.values(content.jobs));
const STEPS = JOBS.flatMap(({ steps }) => steps);
const COMMANDS = STEPS.flatMap(({ run = '' }) => run.replaceAll('\\\n', ' ').split('\n')).map((line) =>
  line.trim(),
);
const { scripts, engines } = JSON.parse(read('package.json')) as {
  readonly scripts: { readonly [name: string]: string };
  readonly engines: { readonly node: string };
};

/** `test/{a,b}/**` as `test/a` and `test/b`. */
function foldersOf(pattern: string): string[] {
  const [all, before = '', list = '', after = ''] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern) ?? [];
  const each = all === undefined ? [pattern] : list.split(',').map((part) => before + part + after);
  return each.map((one) => one.replace(/\/\*\*$/, ''));
}

/** The packages that `apt-get install` is given. */
const installedBy = (text: string) => {
  const command = /apt-get install ([\s\S]*?)>\/dev\/null/.exec(text)?.[1] ?? '';
  return command.split(/[\s\\]+/).filter((word) => /^[a-z]/.test(word));
};

test('each npm script that a workflow runs is in package.json', (t) => {
  const used = COMMANDS.flatMap((line) =>
    [...line.matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(test|start)\b)/g)].map(([, run, own]) => run ?? own!),
  );
  t.true(used.includes('test'));
  t.true(used.includes('lint'));
  t.deepEqual(
    used.filter((name) => !(name in scripts)),
    [],
  );
});

test('each test that a workflow names is there', (t) => {
  const patterns = COMMANDS.filter((line) => line.startsWith('npx ava ')).flatMap((line) =>
    [...line.matchAll(/'([^']+)'/g)].map(([, pattern]) => pattern!),
  );
  t.true(patterns.length > 0);
  const missing = patterns.flatMap(foldersOf).filter((folder) => !existsSync(join(root, folder)));
  t.deepEqual(missing, []);
});

test('the workflow installs the peers that .ci/run installs, and requires them as it does', (t) => {
  const ofScript = installedBy(read('.ci/run'));
  t.true(ofScript.length > 5);
  const withPeers = JOBS.filter(({ env }) => env?.HERALD_REQUIRE_PEERS === '1');
  t.is(withPeers.length, 1);
  const script = withPeers[0]!.steps.map(({ run = '' }) => run).join('\n');
  t.deepEqual(installedBy(script), ofScript);
});

test('the workflow runs the oldest Node that package.json admits, and every even one since', (t) => {
  const oldest = Number(/\d+/.exec(engines.node)![0]);
  const versions = JOBS.flatMap(({ strategy }) => strategy?.matrix.node ?? []).map(Number);
  t.true(versions.length >= 4);
  t.deepEqual(
    versions,
    versions.map((_, at) => oldest + 2 * at),
  );
});

test('a workflow may only read, ends in bounded time, and takes actions of a named version', (t) => {
  t.true(JOBS.length > 0);
  for (const { content } of WORKFLOWS) t.deepEqual(content.permissions, { contents: 'read' });
  for (const job of JOBS) t.true(job['timeout-minutes'] <= 60);
  for (const { uses } of STEPS) if (uses !== undefined) t.regex(uses, /^actions\/[a-z-]+@v\d+$/);
});

interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly {
    readonly type: string;
    readonly id?: string;
    readonly attributes: { readonly label?: string; readonly value?: string };
  }[];
}

test('each issue form has a name, a description, and fields with ids of their own', (t) => {
  const forms: readonly { readonly name: string; readonly content: Form }[] = yamlBelow(
    '.github/ISSUE_TEMPLATE',
  ).filter(({ name }) => name !== 'config.yml');
  t.true(forms.length > 0);
  for (const { name, content } of forms) {
    t.truthy(content.name && content.description, name);
    const fields = content.body.filter(({ type }) => type !== 'markdown');
    t.true(fields.every(({ type }) => ['textarea', 'input', 'dropdown', 'checkboxes'].includes(type)));
    t.true(fields.every(({ attributes }) => attributes.label !== undefined));
    t.is(new Set(fields.map(({ id }) => id)).size, fields.length, name);
  }
});
