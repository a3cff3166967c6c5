import { StartError } from '../../src/plan/start-error.ts';
import type { NodeRoutePart } from '../../src/transparent/node-routes.ts';
import { fromLinux, onLinuxAtOnce as onLinux } from '../linux/on-linux.ts';

const { look, RepeatedLines, setAtFirst } = await fromLinux(
  () => import('../../src/transparent/keep-node-routes.ts'),
);

const RULE: NodeRoutePart = {
  family: 4,
  part: 'rule',
  text: '7: from all nop',
  purpose: 'nothing',
  state: 'missing',
};
const TABLE: NodeRoutePart = {
  family: null,
  part: 'nftables',
  text: 'table inet herald-routes',
  purpose: 'answers get a mark',
  state: 'missing',
};

/** A keeper's looks, of which each finds these parts or fails. */
function play() {
  const said: string[] = [];
  const lines = new RepeatedLines((line) => said.push(line));
  return {
    said,
    lines,
    look: (found: readonly NodeRoutePart[] | Error, nowMs = 0) =>
      look(
        {
          repair: () => {
            if (found instanceof Error) throw found;
            return found;
          },
        },
        lines,
        nowMs,
      ),
  };
}

onLinux(
  'a look that finds everything says nothing, and one that sets something has a line for each part',
  (t) => {
    const { look, said } = play();
    look([]);
    t.deepEqual(said, []);
    look([RULE, TABLE]);
    t.deepEqual(said, [
      'set again: IPv4 rule 7: from all nop',
      'set again: table inet herald-routes: answers get a mark',
    ]);
  },
);

onLinux('the same line is said once a minute, and then how often it was left out', (t) => {
  const { look, said } = play();
  for (let second = 0; second < 60; second++) look([RULE], second * 1000);
  t.is(said.length, 1);
  look([TABLE], 59_000);
  t.is(said.length, 2);
  look([RULE], 60_000);
  t.is(said.at(-1), 'set again: IPv4 rule 7: from all nop (and 59 times before)');
  look([RULE], 120_000);
  t.is(said.at(-1), 'set again: IPv4 rule 7: from all nop');
});

onLinux('what is used for something else is said, and so is what the kernel refuses', (t) => {
  const { look, said } = play();
  look([{ ...RULE, state: 'taken', why: 'the mark is taken' }]);
  look(new StartError('routes_refused', 'cannot add the rule for IPv4: ENOMEM'));
  look(new StartError('routes_refused', 'cannot add the rule for IPv4: ENOMEM'), 1000);
  t.deepEqual(said, ['the mark is taken', 'cannot add the rule for IPv4: ENOMEM']);
});

onLinux(
  'a kernel that lacks something is a line, and is looked at again; a right that is missing ends the keeper',
  (t) => {
    const { said, look, lines } = play();
    const routesOf = (code: string, message: string) => ({
      set: () => {
        throw new StartError(code, message);
      },
      repair: () => [],
    });
    setAtFirst(routesOf('nftables_missing', 'this kernel has no nftables'), lines, 0);
    setAtFirst(routesOf('loopback_down', 'the interface lo is down'), lines, 0);
    look([RULE]);
    t.deepEqual(said, [
      'this kernel has no nftables',
      'the interface lo is down',
      'set again: IPv4 rule 7: from all nop',
    ]);
    const message = 'cannot add the rule for IPv4: EPERM';
    t.throws(() => setAtFirst(routesOf('routes_refused', message), lines, 0), { message });
  },
);

onLinux('a fault of ours is not taken for one of the kernel', (t) => {
  t.throws(() => play().look(new TypeError('no')), { instanceOf: TypeError });
});
