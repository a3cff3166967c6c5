import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { cannotListen, listenError } from '../../src/plan/listen-error.ts';
import type { ListenAddress } from '../../src/plan/plan.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';

const HERE: ListenAddress = { kind: 'tcp', ip: parseIp('127.0.0.1')!, port: 443 };

function failed(code: string | undefined, listen = HERE): StartError {
  const error = Object.assign(new Error('the words of the system'), code === undefined ? {} : { code });
  return listenError(listenerPlan({ name: 'web', listen }), error);
}

for (const [errno, why] of [
  ['EADDRINUSE', 'the address is in use by another program, or overlaps that of a listener that is open'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EACCES', 'permission denied (ports below 1024 need a capability)'],
  ['ENOENT', 'the directory of the path does not exist'],
  ['EPROTO', 'the words of the system'],
  [undefined, 'the words of the system'],
] as const) {
  test(`an error with ${errno ?? 'no errno'} names the listener, its address and why`, (t) => {
    t.is(failed(errno).message, `listener "web" cannot listen on 127.0.0.1:443: ${why}`);
  });
}

test('with --reuse-port a port in use is said to be that of another user, or of one without the option', (t) => {
  const plan = listenerPlan({ name: 'web', listen: HERE });
  const sharing = (code: string) =>
    listenError(plan, Object.assign(new Error(code), { code, isShared: true })).message;
  t.regex(
    sharing('EADDRINUSE'),
    /; --reuse-port shares it only with a process of the same user that has the option too$/,
  );
  t.notRegex(sharing('EACCES'), /reuse-port/);
});

for (const [listen, text] of [
  [{ kind: 'tcp', ip: parseIp('::1')!, port: 80 }, '[::1]:80'],
  [{ kind: 'tcp', ip: null, port: 80 }, ':80'],
  [{ kind: 'unix', path: '/run/a.sock' }, 'unix:/run/a.sock'],
] as const) {
  test(`the address ${text} is written as one would type it`, (t) => {
    t.true(failed('EACCES', listen).message.startsWith(`listener "web" cannot listen on ${text}: `));
  });
}

test('of a path a denial may mean that its directory is missing: Node says no more', (t) => {
  const { message } = failed('EACCES', { kind: 'unix', path: '/nowhere/a.sock' });
  t.regex(message, /: permission denied, or the directory of the path does not exist$/);
});

test('it is a StartError with a code that stays, and keeps its cause', (t) => {
  const error = failed('EADDRINUSE');
  t.true(error instanceof StartError);
  t.is(error.code, 'listen_failed');
  t.is((error.cause as NodeJS.ErrnoException).code, 'EADDRINUSE');
});

test('what can not listen is told with its address, and why in words', (t) => {
  const failure = (code: string) => Object.assign(new Error('the words of the system'), { code });
  const here = { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 80 } as const;
  const path = { kind: 'unix', path: '/nowhere/x' } as const;
  t.is(
    cannotListen('--metrics', here, failure('EADDRINUSE')),
    '--metrics cannot listen on 127.0.0.1:80: the address is in use by another program',
  );
  t.is(
    cannotListen('echo', path, failure('EACCES')),
    'echo cannot listen on unix:/nowhere/x: permission denied, or the directory of the path does not exist',
  );
});
