import test from 'ava';
import { COMMANDS } from '../../src/cli/commands.ts';
import { knownOptions, optionsOf } from '../../src/config/known-options.ts';
import { flagOf } from '../../src/config/option.ts';
import { herald } from './fake-host.ts';

const help = async (...argv: string[]) => (await herald(argv, { columns: 200 })).out;
const shows = (out: string, key: string) => new RegExp(`^  ${flagOf(key)} `, 'm').test(out);

for (const command of ['edge', 'sidecar'] as const) {
  test(`the help of ${command} has every option with its sentence and its default`, async (t) => {
    const out = await help(command, '--help-all');
    for (const scope of ['listener', 'process'] as const) {
      for (const [key, { text }] of optionsOf(scope)) {
        t.true(shows(out, key), key);
        t.true(out.replace(/\s+/g, ' ').includes(text), text);
      }
    }
    t.regex(out, /--header-timeout .*\s+\(duration, at least 3s\) \[default: 5s\]/);
    t.regex(out, /--accept-proxy .*\s\(none\|v1\|v2\|any\)/);
    t.regex(out, new RegExp(`--name .*\\s.*\\[default: ${command}\\]`));
    t.regex(out, /--listen [^[]*\[required\]/);
    // Its values are many, and what stands behind them is on a line of its own.
    const present = /--present [^[]*\|forwarded\)\s+\[(.*?)\]/.exec(out)?.[1];
    t.is(present, command === 'edge' ? 'default: v2' : 'required');
    t.notRegex(out, /--trust .*\[default/);
  });
}

test('the help of run has the options of the process only', async (t) => {
  const out = await help('run', '--help-all');
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
    const { examples } = await COMMANDS.find((entry) => entry.name === name)!.load();
    const commands = examples.map(([line]) => `    ${line}`);
    // Whole on one line, to be copied, with a sentence above; all else fits the terminal.
    const lines = asked.out.split('\n');
    for (const command of commands) {
      const at = lines.indexOf(command);
      t.true(at > 0, command);
      t.regex(lines[at - 1]!, /^ {2}[A-Z].*[.?]$/);
    }
    for (const line of lines) t.true(line.length <= 80 || commands.includes(line), line);
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
  const out = await help('edge', '--help-all');
  t.deepEqual(out.match(/^[A-Z][A-Za-z ]+:$/gm), [
    'Listener:',
    'Incoming headers:',
    'Presentation:',
    'Endpoints:',
    'Timeouts:',
    'Limits:',
    'Process:',
    'Log:',
    'General:',
    'Values:',
    'Examples:',
  ]);
  const flags = [...out.matchAll(/^ {2}--([-a-z0-9]+)/gm)].map(([, flag]) => `--${flag}`);
  const expected = [...knownOptions('listener').keys(), ...knownOptions('process').keys()].map(flagOf);
  t.deepEqual(flags, [...expected, '--help', '--help-all', '--version']);
});

const MAIN = {
  edge: [
    'listen',
    'to',
    'present',
    'accept-proxy',
    'trust',
    'balance',
    'probe',
    'max-sessions',
    'metrics',
    'log-level',
  ],
  sidecar: [
    'listen',
    'to',
    'trust',
    'present',
    'accept-proxy',
    'headerless',
    'proxy-header',
    'max-sessions',
    'metrics',
    'log-level',
  ],
  load: ['to', 'direct', 'through', 'work', 'send', 'clients', 'rate', 'duration', 'fail-if', 'report'],
} as const;

for (const [command, main] of Object.entries(MAIN)) {
  test(`the help of ${command} has its ten main flags, and says how to see the others`, async (t) => {
    const out = await help(command, '--help');
    const flags = [...out.matchAll(/^ {2}--([-a-z0-9]+)/gm)].map(([, flag]) => flag);
    t.deepEqual(flags, [...main, 'help', 'help-all', 'version']);
    t.regex(out, /^Main flags:$/m);
    t.regex(out, new RegExp(`^\\d+ more flags: herald ${command} --help-all$`, 'm'));
    t.true(out.split('\n').length < 70);
    const all = await help(command, '--help-all');
    t.notRegex(all, /more flags/);
    for (const argv of [
      ['help', command, '--help-all'],
      ['--help-all', command],
      [command, '--help', '--help-all'],
    ]) {
      t.is(await help(...argv), all);
    }
  });
}

test('every main flag of a command is one of its flags', async (t) => {
  for (const { load } of COMMANDS) {
    const { flags, mainFlags = [] } = await load();
    const keys = flags.map(({ key }) => key);
    t.deepEqual(
      mainFlags.filter((key) => !keys.includes(key)),
      [],
    );
  }
});

test('the words of usage and values are explained where they are used, and nowhere else', async (t) => {
  const edge = await help('edge', '--help');
  for (const word of ['ADDR', 'ENDPOINTS', 'SOURCES', 'FORM'])
    t.regex(edge, new RegExp(`^  ${word} +\\S`, 'm'));
  t.notRegex(edge, /^ {2}TYPE /m);
  t.regex(await help('edge', '--help-all'), /^ {2}TYPE +The type of a TLV/m);
  t.regex(edge, /^ {2}systemd:NAME {2}A socket/m);
  t.notRegex(await help('inspect', '--help'), /^Values:/m);
});

for (const columns of [1, 20, 40, 60, 80, 100, 110, 500]) {
  test(`at ${columns} columns no sentence of help is wider than the terminal, or than 110`, async (t) => {
    const width = Math.max(40, Math.min(columns, 110));
    for (const argv of [['edge', '--help'], ['run', '--help-all'], []]) {
      const { out } = await herald(argv, { columns });
      for (const line of out.split('\n'))
        t.true(line.length <= width || /^ {4}herald|^herald|\S{20}/.test(line), `${columns}: ${line}`);
    }
  });
}
