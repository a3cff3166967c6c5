import test from 'ava';
import { waitForSignal } from '../../src/tools/wait-for-signal.ts';
import { createTestHost } from './test-host.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends the wait`, async (t) => {
    const host = createTestHost();
    const waited = waitForSignal(host);
    host.signal(signal);
    await waited;
    t.is(host.listening, 0);
  });
}

test('SIGHUP ends the wait if standard input is a terminal', async (t) => {
  const host = createTestHost({ stdinIsTerminal: true });
  const waited = waitForSignal(host);
  host.signal('SIGHUP');
  await waited;
  t.is(host.listening, 0);
});

test('without a terminal SIGHUP is ignored', async (t) => {
  const host = createTestHost();
  const waited = waitForSignal(host);
  const listening = host.listening;
  host.signal('SIGHUP');
  t.is(host.listening, listening);
  host.signal('SIGTERM');
  await waited;
});
