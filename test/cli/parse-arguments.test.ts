import test from 'ava';
import type { CliFlag } from '../../src/cli/command.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';

const flag = (key: string, arity: CliFlag['arity']): CliFlag => ({ key, arity, group: 'Flags', text: '' });
const COMMAND = {
  flags: [flag('listen', 'one'), flag('trafficTo', 'list'), flag('raw', 'flag')],
};
const parse = (argv: readonly string[], more: object = {}) => parseArguments(argv, { ...COMMAND, ...more });

const READ: readonly (readonly [
  argv: readonly string[],
  flags: { readonly [key: string]: readonly string[] },
])[] = [
  [[], {}],
  [['--listen', ':1'], { listen: [':1'] }],
  [['--listen=:1'], { listen: [':1'] }],
  [['--listen=a=b'], { listen: ['a=b'] }],
  [['--listen='], { listen: [''] }],
  [['--listen', ''], { listen: [''] }],
  [['--listen', '-'], { listen: ['-'] }],
  [['--listen', '-5'], { listen: ['-5'] }],
  [['--listen=--raw'], { listen: ['--raw'] }],
  [['--listen'], { listen: [] }],
  [['--listen', '--raw'], { listen: [], raw: ['true'] }],
  [['--listen', ':1', '--listen', ':2'], { listen: [':1', ':2'] }],
  [['--traffic-to', 'a', '--raw', '--traffic-to=b,c'], { trafficTo: ['a', 'b,c'], raw: ['true'] }],
  [['--raw', '--raw=false'], { raw: ['true', 'false'] }],
  [['--raw=maybe'], { raw: ['maybe'] }],
];

for (const [argv, flags] of READ) {
  test(`${JSON.stringify(argv)} is read`, (t) => {
    const { problems, operands, ...read } = parse(argv);
    t.deepEqual(Object.fromEntries(read.flags), flags);
    t.deepEqual(problems, []);
    t.deepEqual(operands, []);
  });
}

test('a switch takes no word behind it', (t) => {
  const { flags, operands } = parse(['--raw', 'false'], { maxOperands: 1 });
  t.deepEqual(flags.get('raw'), ['true']);
  t.deepEqual(operands, ['false']);
});

for (const [argv, option, message] of [
  [['--lsiten', ':1'], '--lsiten', 'there is no such flag; did you mean --listen?'],
  [['--old', 'x'], '--old', 'there is no such flag'],
  [['-listen', ':1'], '-listen', 'there is no such flag; did you mean --listen?'],
  [['--LISTEN=:1'], '--LISTEN', 'there is no such flag; did you mean --listen?'],
  [['--no-raw'], '--no-raw', 'there is no such flag'],
  [['--trafficTo', 'a'], '--trafficTo', 'there is no such flag; did you mean --traffic-to?'],
  [['--latre', 'a'], '--latre', 'there is no such flag'],
  [['-x'], '-x', 'there is no such flag'],
  [['--toString'], '--toString', 'there is no such flag'],
  [['--__proto__', 'x'], '--__proto__', 'there is no such flag'],
  [['--\u001b[2J'], '"--\\u001b[2J"', 'there is no such flag'],
  [['word'], '"word"', 'was not expected here'],
  [['--', '--listen'], '"--listen"', 'was not expected here'],
] as const) {
  test(`${JSON.stringify(argv)} is one mistake`, (t) => {
    const { problems, flags } = parse(argv);
    t.is(flags.size, 0);
    t.deepEqual(
      problems.map((problem) => [problem.option, problem.message]),
      [[option, message]],
    );
  });
}

test('all mistakes are found, and what is right is read', (t) => {
  const { problems, flags } = parse(['a', '--foo', 'b', '--listen', ':1', '--bar=c', '-d', 'e']);
  t.deepEqual(
    problems.map(({ option }) => option),
    ['--foo', '--bar', '-d', '"a"'],
  );
  t.deepEqual(flags.get('listen'), [':1']);
});

test('a command may have more to say about a flag that it does not have', (t) => {
  const explainUnknown = (key: string) => (key === 'headerTimeout' ? 'it is elsewhere' : undefined);
  const { problems } = parse(['--header-timeout', '5s', '--x'], { explainUnknown });
  t.deepEqual(
    problems.map(({ message }) => message),
    ['there is no such flag; it is elsewhere', 'there is no such flag'],
  );
});

test('operands are as many as a command takes', (t) => {
  const { operands, problems } = parse(['a', '--raw', '--', '--b'], { maxOperands: 1 });
  t.deepEqual(operands, ['a', '--b']);
  t.deepEqual(
    problems.map(({ option }) => option),
    ['"--b"'],
  );
  t.deepEqual(parse(['-'], { maxOperands: 1 }).operands, ['-']);
});

test('help and version are understood wherever they stand', (t) => {
  t.true(parse(['--listen', ':1', '--help']).help);
  t.true(parse(['-h']).help);
  t.true(parse(['--version']).version);
  t.false(parse(['--', '--help']).help);
});
