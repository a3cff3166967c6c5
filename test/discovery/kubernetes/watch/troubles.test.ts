import test from 'ava';
import { failure } from '../../../../src/discovery/kubernetes/failure.ts';
import { createTroubles } from '../../../../src/discovery/kubernetes/watch/troubles.ts';
import { turnedClock } from '../../../helpers/turned-clock.ts';

const GATHER_MS = 3000;
const FORBIDDEN = failure('forbidden', 'status 403');

function create() {
  const clock = turnedClock();
  const lines: string[] = [];
  const troubles = createTroubles({
    ...{ server: 'https://api', clock, rest: () => 'keeping it' },
    say: ({ code, message }) => lines.push(`${code}: ${message}`),
  });
  return {
    troubles,
    lines,
    /** What was said after the time in which troubles are gathered. */
    said() {
      clock.advance(GATHER_MS);
      return lines.splice(0);
    },
  };
}

const node = { kind: 'node', of: 'the cluster' } as const;

test('kinds that come and go are said once each', (t) => {
  const { troubles, said } = create();
  for (const kind of ['gateway', 'grant'] as const) troubles.absent(kind, true);
  t.deepEqual(said(), [
    'kind_absent: not installed in this cluster: Gateways, ReferenceGrants; looking for them again every minute',
  ]);
  troubles.absent('grant', false);
  t.deepEqual(said(), ['kind_found: installed in this cluster now: ReferenceGrants']);
  troubles.failed(node, FORBIDDEN);
  t.deepEqual(said(), [
    'node_forbidden: the Nodes of the cluster cannot be read (forbidden: status 403); keeping it',
  ]);
});

test('a list that fails in the same way again is said once, and once when it can be read', (t) => {
  const { troubles, said } = create();
  for (let time = 0; time < 5; time++) {
    troubles.failed(node, FORBIDDEN);
    t.is(said().length, time === 0 ? 1 : 0);
  }
  troubles.over(node);
  t.deepEqual(said(), ['node_back: the Nodes of the cluster can be read again']);
  troubles.over(node);
  t.deepEqual(said(), []);
});

test('what is over, or no longer needed, within 3 s is not said', (t) => {
  const { troubles, said } = create();
  troubles.failed(node, FORBIDDEN);
  troubles.over(node);
  t.deepEqual(said(), []);
  troubles.failed(node, FORBIDDEN);
  troubles.gone(node);
  t.deepEqual(said(), []);
});

test('a failure of all is the outage of the server, whatever its code', (t) => {
  const { troubles, lines, said } = create();
  troubles.failed(node, { ...failure('bad_answer', 'no HTTP'), gated: true });
  t.regex(lines[0] ?? '', /^api_bad_answer: /);
  t.is(said().length, 1);
});
