import test from 'ava';
import { ENGINES, failures, NAMESPACES, play } from '../e2e/kubernetes/play.ts';
import { testWith } from '../helpers/peer-installed.ts';

// Pods are replaced behind a Herald that goes on. These rows measure, or want all of the load that they ask for.

const total = (answers: unknown) =>
  Object.values(answers as { [answer: string]: number }).reduce((sum, count) => sum + count, 0);

const alone = testWith([], [NAMESPACES], test.serial);

for (const engine of ENGINES) {
  alone(`under 1,000 connections a second pods roll, and none is lost: ${engine}`, async (t) => {
    const { answers } = await play(t, 'roll', `--engine ${engine}`);
    t.deepEqual(failures(answers), []);
    // Eleven pods had their turn, and it was load.
    t.is(Object.keys(answers as object).length, 11);
    t.true(total(answers) > 1000);
  });
}

alone('from an event to the first connection on the new endpoint it is moments', async (t) => {
  const all = await play(t, 'latencyOfAll');
  const one = await play(t, 'latencyOfOne', '--node-name here --traffic-policy PreferLocal');
  t.log(
    `1,000 endpoints, all of them new: ${JSON.stringify(all)} ms; one of them new: ${JSON.stringify(one)} ms`,
  );
  // 100 ms is what a machine with a processor to spare keeps. This one may run other tests beside it: the best of
  // eight, and a bound that a poll, or a wait for the next burst, would still break.
  t.true((all.least as number) < 500);
  t.true((one.least as number) < 500);
});
