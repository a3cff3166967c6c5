import test from 'ava';
import { laterScheme } from '../../src/config/later-scheme.ts';
import { flagOf } from '../../src/config/option.ts';
import { problemsOf } from './problems-of.ts';
import { LEAST, readFlags } from './read-flags.ts';

for (const key of ['listen', 'metrics', 'to'] as const) {
  test(`${flagOf(key)} udp::53 is refused with a word of its own, and not as a mistake`, (t) => {
    const problems = problemsOf(() => readFlags('edge', { ...LEAST.edge, [key]: 'udp::53' }));
    t.deepEqual(
      problems.map(({ code, option, message }) => [code, option, message]),
      [['not_in_this_version', flagOf(key), '"udp::53" is not in this version of Herald: it comes with UDP']],
    );
  });
}

test('there is no word about addresses that are understood, or that nobody will understand', (t) => {
  for (const text of ['127.0.0.1:53', ':53', 'unix:/run/udp:', 'udp', 'tcp:53'])
    t.is(laterScheme(text), undefined);
});
