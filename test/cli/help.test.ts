import test from 'ava';
import { COMMANDS } from '../../src/cli/commands.ts';
import { knownOptions, optionsOf } from '../../src/config/known-options.ts';
import { flagOf } from '../../src/config/option.ts';
import { herald } from './fake-host.ts';

const help = async (...argv: string[]) => (await herald(argv, { columns: 200 })).out;
const shows = (out: string, key: string) => new RegExp(`^  ${flagOf(key)} `, 'm').test(out);

for (const command of ['edge', 'sidecar'] as const) {
  test(`the help of ${command} has every option with its sentence and its default`, async (t) => {
    const out = await help(command, '--help');
    for (const scope of ['listener', 'process'] as const) {
      for (const [key, { text }] of optionsOf(scope)) {
        t.true(shows(out, key), key);
        t.true(out.replace(/\s+/g, ' ').includes(text), text);
      }
    }
    t.regex(out, /--header-timeout .*\(duration, at least 3s\) +\[default: 5s\]/);
    t.regex(out, /--expect .*\(none\|v1\|v2\|any\)/);
    t.regex(out, new RegExp(`--name .*\\[default: ${command}\\]`));
    t.regex(out, /--listen .*\[required\]/);
    // Its values are many, and what stands behind them is on a line of its own.
    const present = /--present [^[]*\|forwarded\)\s+\[(.*?)\]/.exec(out)?.[1];
    t.is(present, command === 'edge' ? 'default: v2' : 'required');
    t.notRegex(out, /--trust .*\[default/);
  });
}

test('the help of run has the options of the process only', async (t) => {
  const out = await help('run', '--help');
  for (const [key] of optionsOf('process')) t.true(shows(out, key), key);
  for (const key of ['config', 'check', 'schema']) t.true(shows(out, key), key);
  for (const [key] of optionsOf('listener')) t.false(shows(out, key), key);
});

for (const { name } of COMMANDS) {
  test(`the help of ${name} has its usage, headings and examples, and is the same in every way to ask`, async (t) => {
    const asked = await herald([name, '--help'], { columns: 80 });
    t.is(asked.status, 0);
    t.deepEqual(asked.err, []);
    t.true(asked.out.startsWith(`herald ${name}`));
    t.regex(asked.out, /^Examples:$/m);
    t.regex(asked.out, /^General:$/m);
    t.notRegex(asked.out, /\[(?:string|boolean|array)\]/);
    for (const line of asked.out.split('\n')) t.true(line.length <= 80, line);
    for (const argv of [
      [name, '-h'],
      ['help', name],
      [name, '--nonsense', '--help'],
    ]) {
      t.is((await herald(argv, { columns: 80 })).out, asked.out);
    }
  });
}

test('flags stand under their headings, in the order of the manual', async (t) => {
  const out = await help('edge', '--help');
  t.deepEqual(out.match(/^[A-Z][A-Za-z ]+:$/gm), [
    'Listener:',
    'Headers that come in:',
    'Presentation:',
    'Endpoints:',
    'Timeouts:',
    'Limits:',
    'Process:',
    'Log:',
    'General:',
    'Examples:',
  ]);
  const flags = [...out.matchAll(/^ {2}--([-a-z0-9]+)/gm)].map(([, flag]) => `--${flag}`);
  const expected = [...knownOptions('listener').keys(), ...knownOptions('process').keys()].map(flagOf);
  t.deepEqual(flags, [...expected, '--help', '--version']);
});
