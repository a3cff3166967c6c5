import test from 'ava';
import fc from 'fast-check';
import { ConfigError } from '../../src/config/config-error.ts';
import { configFromFile } from '../../src/config/config-from-file.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { optionsOf } from '../../src/config/known-options.ts';
import { accept, parseAll, parseList, refuse } from '../../src/config/value-type.ts';
import { temporaryFile } from './temporary-file.ts';

const OPTIONS = [...optionsOf('listener'), ...optionsOf('process')];
/** Text that comes near to what options read, more often than not. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '0',
        '9',
        ':',
        ',',
        '/',
        '=',
        '[',
        ']',
        'pass',
        'text:',
        'unix:',
        'k8s:',
        '0x',
        'KiB',
        'ms',
        '%',
        '.',
      ),
    )
    .map((parts) => parts.join('')),
);

for (const [key, { type }] of OPTIONS) {
  test(`${key} reads or refuses any text, and never throws`, (t) => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), (texts) => {
        const parsed = type.parse(texts);
        if ('refusals' in parsed) t.true(parsed.refusals.length > 0);
        else t.not(parsed.value, undefined);
      }),
    );
  });
}

test('any value is a configuration or a ConfigError', (t) => {
  const key = fc.oneof(fc.constantFrom(...OPTIONS.map(([name]) => name), 'threads', 'source'), fc.string());
  const options = fc.dictionary(key, fc.oneof(fc.jsonValue(), text), { noNullPrototype: false });
  const value = fc.oneof(
    fc.jsonValue(),
    fc.record({
      version: fc.constantFrom(1, 2, '1'),
      listeners: fc.array(fc.oneof(options, fc.jsonValue())),
    }),
    options.map((process) => ({ ...process, version: 1, listeners: [{ listen: ':1', to: '10.0.0.1:1' }] })),
  );
  let refused = 0;
  fc.assert(
    fc.property(value, (content) => {
      try {
        configFromValue(content, {});
      } catch (error) {
        t.true(error instanceof ConfigError, String(error));
        for (const line of (error as ConfigError).message.split('\n')) t.regex(line, /^[^\n]+: [^\n]+$/);
        refused++;
      }
    }),
    { numRuns: 500 },
  );
  t.true(refused > 100);
});

test('any file is a configuration or a ConfigError', (t) => {
  const line = fc.constantFrom(
    'version: 1',
    'listeners:',
    '  - listen: ":1"',
    '    to: 10.0.0.1:1',
    '  - &a {}',
    '  - *a',
    '? x',
    '<<: *a',
    '!!binary x',
    '---',
    '"',
    '\t',
    '%',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(line).map((lines) => lines.join('\n')),
      ),
      (content) => {
        try {
          configFromFile(temporaryFile(t, content), new Map(), {});
        } catch (error) {
          t.true(error instanceof ConfigError, String(error));
        }
      },
    ),
    { numRuns: 200 },
  );
  t.pass();
});

const readNumber = (word: string) =>
  /^\d$/.test(word) ? accept(Number(word)) : refuse('no_number', 'a digit', word);

test('a list is taken apart at its commas, spaces do not count', (t) => {
  t.deepEqual(parseList(['1, 2', '3'], readNumber), { value: [1, 2, 3] });
});

test('what is repeated is not taken apart', (t) => {
  t.deepEqual(parseAll(['1', '2'], readNumber), { value: [1, 2] });
  t.true('refusals' in parseAll(['1,2'], readNumber));
});

test('all that is wrong in a list is told, and nothing of it is read', (t) => {
  t.deepEqual(parseList(['a,1', ''], readNumber), {
    refusals: [
      { code: 'no_number', expected: 'a digit', got: '"a"' },
      { code: 'no_number', expected: 'a digit', got: '""' },
    ],
  });
});
