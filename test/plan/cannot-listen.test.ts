import test from 'ava';
import { cannotListen } from '../../src/plan/cannot-listen.ts';

const failure = (code: string) => Object.assign(new Error('the words of the system'), { code });

test('what can not listen is told with its address, and why in words', (t) => {
  const here = { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 80 } as const;
  const path = { kind: 'unix', path: '/nowhere/x' } as const;
  t.is(
    cannotListen('--metrics', here, failure('EADDRINUSE')),
    '--metrics can not listen on 127.0.0.1:80: the address is in use by another program',
  );
  t.is(
    cannotListen('echo', path, failure('EACCES')),
    'echo can not listen on unix:/nowhere/x: permission denied, or the directory of the path does not exist',
  );
});
