import test from 'ava';
import { errorOfListener, joinedErrors, StartError, tryEach } from '../../src/plan/start-error.ts';

test('a start that failed says why in a code, a sentence and its cause', (t) => {
  const cause = new Error('EADDRINUSE');
  const error = new StartError('listen_failed', 'the port is taken', cause);
  t.true(error instanceof Error);
  t.deepEqual(
    [error.name, error.code, error.message, error.cause],
    ['StartError', 'listen_failed', 'the port is taken', cause],
  );
});

test('errors of listeners are one error, with each of them and the code and the cause of the first', (t) => {
  const cause = new Error('EADDRINUSE');
  const one = errorOfListener('web', new StartError('listen_failed', 'web cannot listen', cause));
  const other = errorOfListener('mail', new StartError('engine_change', 'mail cannot change'));
  const error = joinedErrors([one, other]);
  t.deepEqual([error.code, error.cause], ['listen_failed', cause]);
  t.deepEqual(
    [...error.listeners],
    [
      ['web', 'web cannot listen'],
      ['mail', 'mail cannot change'],
    ],
  );
  t.deepEqual(error.lines, ['web cannot listen', 'mail cannot change']);
  t.deepEqual(
    [new StartError('leaving', 'Herald is draining').listeners.size, error.message],
    [0, 'web cannot listen\nmail cannot change'],
  );
});

test('what is true of several listeners is one line', (t) => {
  const lacking = new StartError('engine_unavailable', 'there is no epoll on darwin');
  const error = joinedErrors([errorOfListener('a', lacking), errorOfListener('b', lacking)]);
  t.deepEqual([error.lines, [...error.listeners.keys()]], [['there is no epoll on darwin'], ['a', 'b']]);
});

test('each is tried although one before it failed; an error of no listener ends it at once', (t) => {
  const tried: number[] = [];
  const run = (each: number) => {
    tried.push(each);
    if (each % 2 === 1) throw errorOfListener(`${each}`, new StartError('listen_failed', `no ${each}`));
    if (each === 4) throw new StartError('leaving', 'draining');
  };
  t.like(
    t.throws(() => tryEach([1, 2, 3], run)),
    { lines: ['no 1', 'no 3'] },
  );
  t.like(
    t.throws(() => tryEach([1, 4, 5], run)),
    { code: 'leaving' },
  );
  t.deepEqual(tried, [1, 2, 3, 1, 4]);
  t.notThrows(() => tryEach([2], run));
});
