import { once } from 'node:events';
import test from 'ava';
import { runCli } from '../../src/cli/cli.ts';
import { createFakeHost } from './fake-host.ts';

test('echo listens where it is told, and a signal ends it', async (t) => {
  const signals: (() => void)[] = [];
  const host = {
    ...createFakeHost(),
    onSignal: (_signal: string, listener: () => void) => {
      signals.push(listener);
      return () => {};
    },
  };
  const ended = runCli(['echo', '--listen', '127.0.0.1:0', '--raw'], host);
  await once(host.stdout, 'readable');
  t.regex(String(host.stdout.read()), /"address":"127\.0\.0\.1:[1-9]/);
  signals[0]?.();
  t.is(await ended, 0);
});
