import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { load } from '../../src/cli/load.ts';
import { readLoadTask } from '../../src/cli/load-task.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { herald } from '../cli/fake-host.ts';
import { BLOCKS, commandsOf, type DocCommand, isScript } from '../helpers/doc-blocks.ts';
import { ruleOf } from '../helpers/doc-rules.ts';
import { tryServing } from '../helpers/doc-serve.ts';
import { MANY_ADDRESSES, testWith } from '../helpers/peer-installed.ts';
import { type RunningHerald, startHerald } from '../helpers/running-herald.ts';

// Every command of the documentation, run in this process on ports that are free. test/helpers/doc-rules.ts says which are not.

const SHELL = BLOCKS.filter(({ language }) => language === 'sh');
const COMMANDS = SHELL.flatMap(commandsOf);
const folder = mkdtempSync(join(tmpdir(), 'herald-docs-'));
test.after.always(() => rmSync(folder, { recursive: true }));

/** Commands of one rule; those that stand on several pages once. */
function commandsFor(rule: string): DocCommand[] {
  const all = COMMANDS.filter((command) => ruleOf(command) === rule);
  return all.filter(({ text }, at) => all.findIndex((other) => other.text === text) === at);
}

function eachCommand(rule: string, run: (t: ExecutionContext, command: DocCommand) => Promise<void>): void {
  const commands = commandsFor(rule);
  test(`there are commands of the kind "${rule}"`, (t) => t.true(commands.length > 0));
  for (const command of commands) test(`${command.page}: ${command.text}`, (t) => run(t, command));
}

test('every block of commands is one that the shell can read', (t) => {
  for (const { page, line, text } of SHELL) {
    t.notThrows(() => execFileSync('sh', ['-n'], { input: text }), `${page}:${line}`);
    t.true(isScript(text) || /\S/.test(text));
  }
});

eachCommand('serve', (t, { words }) => tryServing(t, words));

eachCommand('echo', async (t, { words }) => {
  const here = words.slice(1).map((word) => word.replace(/^127\.0\.0\.1:\d+$/, '127.0.0.1:0'));
  const echo = startHerald(t, here);
  const port = await echo.port();
  if (!words.includes('--raw')) {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    t.is(((await answer.json()) as { header: number }).header, 0);
  }
  t.is(await echo.stop(), 0);
});

/** The file that a page shows, or that of the reference. */
function configFor(page: string): string {
  const files = BLOCKS.filter(({ language, text }) => language === 'yaml' && text.startsWith('version: 1'));
  const { text } = files.find((block) => block.page === page) ?? files.find(isReference)!;
  const file = join(folder, `${page.replaceAll('/', '-')}.yaml`);
  writeFileSync(file, text.replaceAll(/listen: .*/g, 'listen: "127.0.0.1:0"'));
  return file;
}

function isReference({ page }: { readonly page: string }): boolean {
  return page === 'docs/reference/file.md';
}

eachCommand('run', async (t, { page, words }) => {
  const file = configFor(page);
  const argv = words.slice(1).map((word) => (word.endsWith('.yaml') ? file : word));
  if (argv.includes('--check') || argv.includes('--schema')) {
    const { status, err, out } = await herald(argv);
    t.deepEqual({ status, err }, { status: 0, err: [] });
    if (argv.includes('--schema')) t.notThrows(() => JSON.parse(out));
  } else {
    const running = startHerald(t, [...argv, '--metrics', 'none', '--admin', 'none', '--engine', 'net']);
    t.true((await running.port()) > 0);
    t.is(await running.stop(), 0);
  }
});

/** An edge with both addresses for machines, and its endpoint, an echo. */
async function startPair(t: ExecutionContext): Promise<RunningHerald> {
  const echo = startHerald(t, ['echo', '--listen', '127.0.0.1:0']);
  const here = ['--listen', '127.0.0.1:0', '--engine', 'net', '--metrics', '127.0.0.1:0'];
  const to = ['--to', `127.0.0.1:${await echo.port()}`];
  const edge = startHerald(t, ['edge', ...here, ...to, '--admin', '127.0.0.1:0']);
  await edge.port();
  return edge;
}

eachCommand('ask', async (t, { words }) => {
  const running = await startPair(t);
  const port = await running.opsPort('admin');
  const { status, err, out } = await herald([words[1]!, '--admin', `127.0.0.1:${port}`]);
  t.deepEqual({ status, err }, { status: 0, err: [] });
  t.not(out, '');
});

eachCommand('inspect', async (t, { words, input }) => {
  if (input === null) return t.fail('nothing is put into it');
  const stdin = execFileSync('sh', ['-c', input]);
  const { status, err, out } = await herald(words.slice(1), { stdin });
  t.deepEqual({ status, err }, { status: 0, err: [] });
  t.notRegex(out, /invalid|absent/);
});

eachCommand('version', async (t, { words }) => {
  t.is((await herald(words.slice(1))).status, 0);
});

eachCommand('curl', async (t, { words }) => {
  const url = new URL(words.at(-1)!);
  const running = await startPair(t);
  const at = { 9464: () => running.opsPort('metrics'), 9465: () => running.opsPort('admin') };
  const port = await (at[Number(url.port) as 9464] ?? (() => running.port()))();
  const after = (flag: string) => (words.includes(flag) ? words[words.indexOf(flag) + 1]! : null);
  const asked = `http://127.0.0.1:${port}${url.pathname}`;
  const answer = await fetch(asked, {
    method: after('-X') ?? 'GET',
    body: after('-d'),
    headers: { connection: 'close' },
  });
  t.is(answer.status, 200, await answer.text());
});

/** What makes a run of load short: nothing here is about its figures. */
const SHORT = ['--duration', '200ms', '--warmup', '0'];
/** Values that are too long or too large for a test. */
const LONG = ['--duration', '--warmup', '--connections'];

eachCommand('load', async (t, { words }) => {
  const args = parseArguments(words.slice(2), load);
  readLoadTask(args);
  t.deepEqual(args.problems, []);
  // A search has 40 steps and a ramp ten, each of seconds: test/load plays them.
  if (args.flags.has('find') || args.flags.has('ramp')) return;
  const raw = /--work (ping|bulk)/.test(words.join(' ')) ? ['--raw'] : [];
  const echo = startHerald(t, ['echo', '--listen', '127.0.0.1:0', ...raw]);
  const port = await echo.port();
  const here = words
    .slice(1)
    .filter((_, at, all) => !LONG.includes(all[at]!) && !LONG.includes(all[at - 1]!))
    .map((word) => word.replace(/^127\.0\.0\.1:\d+$/, `127.0.0.1:${port}`))
    .map((word) => (/\.(json|html)$/.test(word) ? join(folder, word) : word));
  const { status, err } = await herald([...here, ...SHORT]);
  // 3 and 4 are verdicts on so short a run on a busy machine.
  t.true([0, 3, 4].includes(status), err.join('\n'));
});

testWith([], [MANY_ADDRESSES])('the demo of the README is what it prints', async (t) => {
  const shown = BLOCKS.find(({ page, text }) => page === 'README.md' && text.startsWith('Whom did'))!;
  const { status, out } = await herald(['demo', '--once']);
  t.is(status, 0);
  t.true(out.includes(shown.text.trim()), out);
});
