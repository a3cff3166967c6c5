import test from 'ava';
import type { PlanParts } from '../helpers/engine-harness.ts';
import { unixEndpoint } from '../helpers/engine-harness.ts';
import { ENDPOINTS, GUARDED, open, relaying, TRUSTED } from './course-setup.ts';
import { latin, v1 } from './headers.ts';

// A carrier may tell of the next event before its call returns. Each test ends the session during one call.

const LIMITED: PlanParts = { ...TRUSTED, limits: { maxSessionsPerClient: 1 } };

test('a session that ends while its first bytes are carried takes no place of its client', (t) => {
  const { course, carrier, state, ending } = open(LIMITED);
  carrier.carry = () => course.abort('stopped');
  course.read(v1());
  t.deepEqual([carrier.take(), ending()], [['reset'], [['stopped', null]]]);
  t.deepEqual(
    [...state.clients].filter((cell) => cell !== 0),
    [],
  );
});

test('a session that ends while it is told of its place dials nobody', (t) => {
  const { course, carrier, state, ending } = open(TRUSTED);
  carrier.placed = () => course.abort('stopped');
  course.read(v1());
  t.deepEqual([carrier.take(), ending()], [['carry ', 'reset'], [['stopped', null]]]);
  t.is(state.endpointSessions[0], 0);
});

test('a dial that was begun while the session ended is dropped', (t) => {
  const { course, carrier, state } = open(TRUSTED);
  carrier.dial = () => {
    course.abort('stopped');
    return 'pending';
  };
  course.read(v1());
  t.deepEqual(carrier.take(), ['carry ', 'placed', 'reset', 'drop']);
  t.is(state.endpointSessions[0], 0);
});

for (const errno of ['ECONNREFUSED', 'EAGAIN']) {
  test(`a session that ends while a dial is dropped that failed by ${errno} dials no more`, (t) => {
    const path = unixEndpoint('/run/app.sock', 2);
    const { course, carrier, lines, ending } = open({ endpoints: [path, ...ENDPOINTS] });
    carrier.take();
    carrier.dropDial = () => course.abort('stopped');
    course.dialFailed(errno);
    t.deepEqual([carrier.take(), ending()], [['reset'], [['stopped', null]]]);
    t.false(lines.has('/run/app.sock'));
  });
}

test('a session that is ended twice at once is reset once it is not over', (t) => {
  const { course, carrier, ending } = open(TRUSTED);
  course.read(v1());
  carrier.take();
  carrier.dropDial = () => course.abort('drain_timeout');
  course.abort('stopped');
  t.deepEqual([carrier.take(), ending()], [['reset'], [['stopped', null]]]);
});

test('bytes of a guarded client that come after a good end are not looked at', (t) => {
  const { course, carrier, ledger } = relaying(GUARDED);
  course.ended('endpoint');
  course.closed();
  carrier.take();
  t.false(course.readsFirst);
  course.read(latin('late'));
  t.deepEqual([carrier.take(), ledger.ended], [[], true]);
});
