import test, { type ExecutionContext } from 'ava';
import type { KubernetesClient, ObjectReply } from '../../../../src/discovery/kubernetes/api-client.ts';
import { type ApiFailure, failure } from '../../../../src/discovery/kubernetes/failure.ts';
import { createReflector } from '../../../../src/discovery/kubernetes/watch/reflector.ts';
import { createConditions } from '../../../helpers/conditions.ts';
import { turnedClock } from '../../../helpers/turned-clock.ts';

// What follows what, against a client that answers from a script.

const FIRST_MS = 800;
const LIST: ObjectReply = { object: { metadata: { resourceVersion: '7' }, items: [] } };
const NOT_FOUND = failure('not_found', 'status 404');

interface Script {
  /** Answers to lists, in turn; then `LIST`. */
  readonly lists: ObjectReply[];
  /** How watches end, in turn; a later one never does. */
  readonly watches?: (() => ApiFailure | null)[];
}

function start(t: ExecutionContext, { lists, watches = [] }: Script, mayBeAbsent = false) {
  const clock = turnedClock();
  const conditions = createConditions();
  const asked: string[] = [];
  const told: string[] = [];
  const client = {
    ...{ server: 'https://api', outages: 0, stop() {} },
    async list(path) {
      asked.push(`list ${new URLSearchParams(path.split('?')[1]).get('resourceVersion') ?? 'newest'}`);
      conditions.touch();
      return lists.shift() ?? LIST;
    },
    async watch(_path, listener, signal) {
      asked.push('watch');
      listener.opened();
      conditions.touch();
      const end = watches.shift();
      if (end !== undefined) {
        await clock.until(1000);
        clock.advance(1000);
        return end();
      }
      return new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve(failure('stopped', 'the watch was cancelled'))),
      );
    },
    get: async () => LIST,
    send: async () => LIST,
  } satisfies KubernetesClient as KubernetesClient & { outages: number };
  const reflector = createReflector<string>({
    ...{ client, clock, mayBeAbsent, random: () => 0, path: '/apis/x/v1/things', selector: {} },
    read: () => null,
    listener: {
      ...{ synced: () => told.push('synced'), changed: () => told.push('changed'), alive() {} },
      ...{ broke: () => told.push('broke'), works: () => told.push('works') },
      failed: ({ code }) => told.push(code),
      absent: (isAbsent) => told.push(isAbsent ? 'absent' : 'there'),
    },
  });
  t.teardown(() => reflector.stop());
  reflector.start();
  return { client, clock, asked, told, until: conditions.until };
}

test('a watch that ended regularly is followed by a list if the server could not be reached meanwhile', async (t) => {
  const { client, asked, until } = start(t, {
    lists: [],
    watches: [
      () => null,
      () => {
        client.outages++;
        return null;
      },
    ],
  });
  await until(() => asked.length === 5);
  t.deepEqual(asked, ['list 0', 'watch', 'watch', 'list 7', 'watch']);
});

test('a server that calls even the newest list expired is asked after a wait', async (t) => {
  const expired = failure('expired', 'status 410');
  const { clock, asked, told } = start(t, { lists: [expired, expired, expired] });
  await clock.until(FIRST_MS);
  t.deepEqual(asked, ['list 0', 'list newest']);
  clock.advance(FIRST_MS);
  await clock.until(2 * FIRST_MS);
  t.deepEqual(asked, ['list 0', 'list newest', 'list newest']);
  t.deepEqual(told, ['expired', 'expired']);
});

test('a kind that turns out to be absent is no part of an outage any more', async (t) => {
  const { clock, told } = start(t, { lists: [failure('unavailable', 'status 503'), NOT_FOUND] }, true);
  await clock.until(FIRST_MS);
  clock.advance(FIRST_MS);
  await clock.until(60_000);
  t.deepEqual(told, ['unavailable', 'synced', 'absent', 'works']);
});

test('an absent kind that is still absent is not said again', async (t) => {
  const { clock, told } = start(t, { lists: [NOT_FOUND, LIST, NOT_FOUND, LIST] }, true);
  for (let minute = 0; minute < 2; minute++) {
    await clock.until(60_000);
    t.deepEqual(
      told.filter((each) => each !== 'works'),
      ['synced', 'absent'],
    );
    clock.advance(60_000);
  }
  await clock.until(1000);
  t.is(told.at(-1), 'there');
});

test('G3: an API that answers 404, and something else than a list where a list must be, lacks no kind', async (t) => {
  const { clock, told } = start(t, { lists: [NOT_FOUND, { object: { kind: 'Status' } }] }, true);
  await clock.until(FIRST_MS);
  t.deepEqual(told, ['bad_answer']);
});
