import test from 'ava';
import { edge } from '../../src/cli/edge.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { run } from '../../src/cli/run.ts';
import { listenerFlags } from '../../src/cli/serve.ts';
import type { Config } from '../../src/config/config.ts';
import type { ConfigError } from '../../src/config/config-error.ts';
import { configFromFile } from '../../src/config/config-from-file.ts';
import { configFromFlags } from '../../src/config/config-from-flags.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { fileJsonSchema } from '../../src/config/file-schema.ts';
import type { HeraldConfig } from '../../src/config/herald-config.ts';
import { linesOf } from './problems-of.ts';
import { temporaryFile } from './temporary-file.ts';

interface Row {
  readonly former: { readonly flag: string; readonly variable: string; readonly key: string };
  readonly present: { readonly flag: string; readonly variable: string; readonly key: string };
  readonly value: string;
  /** A value that is refused. */
  readonly wrong: string;
}

const names = (flag: string, variable: string, key: string) => ({ flag, variable, key });

const ROWS: readonly Row[] = [
  {
    former: names('--plain', 'HERALD_PLAIN', 'plain'),
    present: names('--headerless', 'HERALD_HEADERLESS', 'headerless'),
    value: '192.0.2.0/24',
    wrong: '192.0.2.0/33',
  },
  {
    former: names('--header', 'HERALD_HEADER', 'header'),
    present: names('--proxy-header', 'HERALD_PROXY_HEADER', 'proxyHeader'),
    value: 'optional',
    wrong: 'maybe',
  },
  {
    former: names('--expect', 'HERALD_EXPECT', 'expect'),
    present: names('--accept-proxy', 'HERALD_ACCEPT_PROXY', 'acceptProxy'),
    value: 'v1',
    wrong: 'v3',
  },
  {
    former: names('--source', 'HERALD_SOURCE', 'source'),
    present: names('--dial-from', 'HERALD_DIAL_FROM', 'dialFrom'),
    value: '192.0.2.77',
    wrong: 'here',
  },
  {
    former: names('--user-timeout', 'HERALD_USER_TIMEOUT', 'userTimeout'),
    present: names('--tcp-user-timeout', 'HERALD_TCP_USER_TIMEOUT', 'tcpUserTimeout'),
    value: '7s',
    wrong: '7',
  },
];

/** The least with which each of them has an effect. */
const LEAST = ['--listen', ':80', '--to', '10.0.0.1:80', '--trust', '10.0.0.0/8'];
const headers = ({ former }: Row) => (former.key === 'expect' ? {} : { acceptProxy: 'any' });

function fromFlags(argv: readonly string[], env: { readonly [name: string]: string } = {}): Config {
  const { flags, problems } = parseArguments([...LEAST, ...argv], edge);
  return configFromFlags('edge', flags, env, problems);
}

const fromFlag = (row: Row, ...argv: string[]) =>
  fromFlags(row.former.key === 'expect' ? argv : ['--accept-proxy', 'any', ...argv]);

const fromVariables = (row: Row, env: { readonly [name: string]: string }) =>
  fromFlags([], row.former.key === 'expect' ? env : { HERALD_ACCEPT_PROXY: 'any', ...env });

const value = (row: Row, options: { readonly [key: string]: string }) => ({
  version: 1,
  listeners: [{ listen: ':80', to: '10.0.0.1:80', trust: '10.0.0.0/8', ...headers(row), ...options }],
});

const fromValue = (row: Row, options: { readonly [key: string]: string }) =>
  configFromValue(value(row, options), {});

const sentence = (former: string, present: string) =>
  `${former} is now called ${present}; the old name goes in the next release`;
const both = (former: string, present: string) =>
  `${former}: is the old name of ${present}, which is given too; remove the old one`;

for (const row of ROWS) {
  const { former, present } = row;

  test(`${former.flag} does what ${present.flag} does, with a warning`, (t) => {
    const config = fromFlag(row, former.flag, row.value);
    const same = fromFlag(row, present.flag, row.value);
    t.deepEqual(config, { ...same, warnings: [sentence(former.flag, present.flag)] });
    t.not(same.hash, fromFlags(['--accept-proxy', 'any']).hash);
  });

  test(`${former.variable} does what ${present.variable} does, with a warning`, (t) => {
    const config = fromVariables(row, { [former.variable]: row.value });
    const same = fromVariables(row, { [present.variable]: row.value });
    t.deepEqual(config, { ...same, warnings: [sentence(former.variable, present.variable)] });
    t.deepEqual(same.warnings, []);
  });

  test(`${former.key} of a file does what ${present.key} does, with a warning that has its line`, (t) => {
    const read = (options: object) => {
      const file = temporaryFile(t, JSON.stringify({ ...value(row, {}), ...options }, null, 2));
      return { file, config: configFromFile(file, new Map(), {}) };
    };
    const { file, config } = read(value(row, { [former.key]: row.value }));
    const { config: same } = read(value(row, { [present.key]: row.value }));
    const line = row.former.key === 'expect' ? 8 : 9;
    const place = `${file}:${line}: listeners[0].${former.key}`;
    t.deepEqual(config, { ...same, warnings: [sentence(place, present.key)] });
    t.deepEqual(same.warnings, []);
  });

  test(`${former.key} of a program's configuration does what ${present.key} does, with a warning`, (t) => {
    const config = fromValue(row, { [former.key]: row.value });
    const same = fromValue(row, { [present.key]: row.value });
    t.deepEqual(config, {
      ...same,
      warnings: [sentence(`listeners[0].${former.key}`, present.key)],
    });
    t.deepEqual(same.warnings, []);
  });

  test(`${former.flag} and ${present.flag} at once are a mistake, in flags, environment and file`, (t) => {
    const twice = (place: 'flag' | 'variable' | 'key') => ({
      [former[place]]: row.value,
      [present[place]]: row.value,
    });
    t.deepEqual(
      linesOf(() => fromFlag(row, former.flag, row.value, present.flag, row.value)),
      [both(former.flag, present.flag)],
    );
    t.deepEqual(
      linesOf(() => fromVariables(row, twice('variable'))),
      [both(former.variable, present.variable)],
    );
    t.deepEqual(
      linesOf(() => fromValue(row, twice('key'))),
      [both(`listeners[0].${former.key}`, present.key)],
    );
  });

  test(`a mistake in the value of ${former.flag} is told under the name that was written`, (t) => {
    const [ofFlag] = linesOf(() => fromFlag(row, former.flag, row.wrong));
    const [ofVariable] = linesOf(() => fromVariables(row, { [former.variable]: row.wrong }));
    const [ofValue] = linesOf(() => fromValue(row, { [former.key]: row.wrong }));
    t.true(ofFlag?.startsWith(`${former.flag}: expected `), ofFlag);
    t.true(ofVariable?.startsWith(`${former.variable}: expected `), ofVariable);
    t.true(ofValue?.startsWith(`listeners[0].${former.key}: expected `), ofValue);
  });

  test(`a value of a wrong kind is told under the name that was written: ${former.key}`, (t) => {
    const [line] = linesOf(() => configFromValue(value(row, { [former.key]: true as never }), {}));
    t.true(line?.startsWith(`listeners[0].${former.key}: expected `), line);
  });

  test(`a flag wins over a variable whatever their names are: ${former.flag}`, (t) => {
    const env = { [former.variable]: row.wrong };
    const { warnings, hash } = fromFlags(
      [...(row.former.key === 'expect' ? [] : ['--accept-proxy', 'any']), present.flag, row.value],
      env,
    );
    t.is(hash, fromFlag(row, present.flag, row.value).hash);
    t.deepEqual(warnings, [sentence(former.variable, present.variable)]);
  });

  test(`with run, ${former.flag} points to ${present.key} of the file`, (t) => {
    const { problems } = parseArguments([former.flag, row.value], run);
    t.is(
      problems[0]?.message,
      `there is no such flag; with run, ${present.key} is set in the file, at its listener`,
    );
  });

  test(`${former.key} is in no list of flags, and passes the schema as deprecated without a description`, (t) => {
    t.false([...listenerFlags('edge'), ...edge.flags].some(({ key }) => key === former.key));
    const { properties } = fileJsonSchema() as { properties: { listeners: { items: Listener } } };
    const { items } = properties.listeners;
    t.false(Object.hasOwn(items.properties, former.key));
    const { description: _, ...schema } = items.properties[present.key] as { description: string };
    t.deepEqual(items.patternProperties[`^${former.key}$`], { ...schema, deprecated: true });
  });
}

interface Listener {
  readonly properties: { readonly [key: string]: unknown };
  readonly patternProperties: { readonly [pattern: string]: unknown };
}

test('the type of a configuration knows the former names', (t) => {
  const config: HeraldConfig = {
    listeners: [
      {
        ...{ listen: ':80', to: '10.0.0.1:80', trust: '10.0.0.0/8' },
        ...{
          expect: 'any',
          plain: ['192.0.2.1'],
          header: 'optional',
          source: '192.0.2.7',
          userTimeout: '7s',
        },
      },
    ],
  };
  t.is(configFromValue({ version: 1, ...config }, {}).warnings.length, 5);
});

test('the former names that were written are told with the mistakes, and a mistake names its cause as it was written', (t) => {
  const ofFlags = t.throws<ConfigError>(() => fromFlags(['--trust', 'x', '--expect', 'v2', '--crc32c=x']));
  t.deepEqual(ofFlags.warnings, [sentence('--expect', '--accept-proxy')]);
  const untrusted = { version: 1, listeners: [{ listen: ':80', to: '10.0.0.1:80', expect: 'v2' }] };
  const ofValue = t.throws<ConfigError>(() => configFromValue(untrusted, {}));
  t.deepEqual(ofValue.warnings, [sentence('listeners[0].expect', 'acceptProxy')]);
  t.regex(ofValue.lines.join(), /^listeners\[0\]\.trust: is required, since expect is v2: /);
  const file = temporaryFile(t, JSON.stringify(untrusted));
  const ofFile = t.throws<ConfigError>(() => configFromFile(file, new Map(), {}));
  t.deepEqual(ofFile.warnings, [sentence(`${file}:1: listeners[0].expect`, 'acceptProxy')]);
  const ofVariable = t.throws<ConfigError>(() =>
    configFromFlags('edge', new Map(), {
      HERALD_EXPECT: 'v2',
      HERALD_LISTEN: ':80',
      HERALD_TO: '10.0.0.1:80',
    }),
  );
  t.deepEqual(ofVariable.warnings, [sentence('HERALD_EXPECT', 'HERALD_ACCEPT_PROXY')]);
  t.regex(ofVariable.lines.join(), /^--trust: is required, since HERALD_EXPECT is v2: /);
});

test('a misspelt old name is told its new name, in flags, environment and file', (t) => {
  t.deepEqual(
    linesOf(() => fromFlags(['--accept-proxy', 'any', '--plian', '10.0.0.1'])),
    ['--plian: there is no such flag; did you mean --headerless, formerly --plain?'],
  );
  t.deepEqual(fromFlags(['--accept-proxy', 'any'], { HERALD_PLIAN: '10.0.0.1' }).warnings, [
    'HERALD_PLIAN is not an option here and is ignored; did you mean HERALD_HEADERLESS, formerly HERALD_PLAIN?',
  ]);
  const misspelt = { version: 1, listeners: [{ listen: ':80', to: '10.0.0.1:80', plian: '10.0.0.1' }] };
  t.deepEqual(
    linesOf(() => configFromValue(misspelt, {})),
    ['listeners[0].plian: there is no such option; did you mean headerless, formerly plain?'],
  );
});

test('among thousands of listeners a former name is spelled out twenty times', (t) => {
  const listeners = Array.from({ length: 3000 }, (_, at) => ({
    name: `l${at}`,
    listen: `127.0.0.1:${at + 1}`,
    to: '10.0.0.1:80',
    expect: 'none',
  }));
  const { warnings } = configFromValue({ version: 1, listeners }, {});
  t.is(warnings.length, 21);
  t.regex(warnings[20] ?? '', /2,980 more/);
});
