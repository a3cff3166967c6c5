import test from 'ava';
import { StartError } from '../../src/plan/start-error.ts';

test('a start that failed says why in a code, a sentence and its cause', (t) => {
  const cause = new Error('EADDRINUSE');
  const error = new StartError('listen_failed', 'the port is taken', cause);
  t.true(error instanceof Error);
  t.deepEqual(
    [error.name, error.code, error.message, error.cause],
    ['StartError', 'listen_failed', 'the port is taken', cause],
  );
});
