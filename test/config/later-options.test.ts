import test from 'ava';
import { LATER_OPTIONS } from '../../src/config/later-options.ts';
import { flagOf } from '../../src/config/option.ts';
import { problemsOf } from './problems-of.ts';
import { LEAST, readFlags } from './read-flags.ts';

/** Every flag of the contract that is not there yet, with a value that asks for something. */
const ASKED: { readonly [key: string]: string } = {
  forwardedTrust: '10.0.0.0/8',
};

test('there is a row for each', (t) => {
  t.deepEqual(Object.keys(ASKED).sort(), LATER_OPTIONS.map(({ key }) => key).sort());
});

for (const [key, text] of Object.entries(ASKED)) {
  test(`${flagOf(key)} ${text} is refused with a word, not ignored`, (t) => {
    const problems = problemsOf(() => readFlags('edge', { ...LEAST.edge, [key]: text }));
    t.is(problems.length, 1);
    t.is(problems[0]?.code, 'not_in_this_version');
    t.is(problems[0]?.option, flagOf(key));
    t.regex(problems[0]?.message ?? '', /not in this version of Herald/);
  });

  test(`${flagOf(key)} without a value is refused too`, (t) => {
    const problems = problemsOf(() => readFlags('edge', { ...LEAST.edge, [key]: [] }));
    t.deepEqual(
      problems.map(({ code }) => code),
      ['not_in_this_version'],
    );
  });
}

for (const [key, text, message] of [
  ['present', 'forwarded', '"forwarded" is not in this version of Herald: it comes with the HTTP engine'],
  ['listen', 'udp::53', '"udp::53" is not in this version of Herald: it comes with UDP'],
  ['metrics', 'udp::53', '"udp::53" is not in this version of Herald: it comes with UDP'],
] as const) {
  test(`${flagOf(key)} ${text} is refused with a word of its own`, (t) => {
    const problems = problemsOf(() => readFlags('edge', { ...LEAST.edge, [key]: text }));
    t.deepEqual(
      problems.map((problem) => [problem.code, problem.message]),
      [['not_in_this_version', message]],
    );
  });
}
