import { constants } from 'node:os';
import test from 'ava';
import fc from 'fast-check';
import { REASON_NAMES } from '../../src/plan/close-reason.ts';
import { CONNECT_FAILURES, type ConnectFailure } from '../../src/plan/connect-failure.ts';
import { blamesEndpoint, breakReason, connectFailure } from '../../src/plan/errno-reasons.ts';

const KNOWN: Record<Exclude<ConnectFailure, 'connect_failed'>, readonly string[]> = {
  connect_refused: ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EAGAIN', 'hop_closed'],
  connect_timeout: ['ETIMEDOUT'],
  connect_unreachable: ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EAFNOSUPPORT'],
  local_ports: ['EADDRNOTAVAIL', 'EADDRINUSE'],
  descriptors: ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'ENOSPC'],
};

for (const [failure, codes] of Object.entries(KNOWN)) {
  test(`a connect that fails with ${codes.join(', ')} is ${failure}`, (t) => {
    t.true(codes.length > 0);
    for (const code of codes) t.is(connectFailure(code), failure as ConnectFailure, code);
  });
}

test('a connect that fails in any other way is connect_failed', (t) => {
  const others = Object.keys(constants.errno).filter((code) => !Object.values(KNOWN).flat().includes(code));
  t.true(others.length > 50);
  for (const code of [...others, 'ERR_SOCKET_BAD_PORT', '', undefined])
    t.is(connectFailure(code), 'connect_failed');
});

test('whatever text a failure comes with, its reason is one of the closed set', (t) => {
  const text = fc.oneof(
    fc.constantFrom('constructor', '__proto__', 'toString', 'hasOwnProperty'),
    fc.constantFrom(...Object.keys(constants.errno)),
    fc.string(),
  );
  fc.assert(
    fc.property(text, fc.constantFrom('client' as const, 'endpoint' as const), (code, side) => {
      t.true(CONNECT_FAILURES.includes(connectFailure(code)), code);
      t.true(REASON_NAMES.includes(breakReason(side, code)), code);
      t.true(breakReason(side, code).startsWith(side));
    }),
    { numRuns: 1000 },
  );
});

test('only what this machine lacks is not held against the endpoint', (t) => {
  t.deepEqual(
    CONNECT_FAILURES.filter((failure) => !blamesEndpoint(failure)),
    ['local_ports', 'descriptors'],
  );
});

test('a connection that the network or keepalive gave up is lost', (t) => {
  const lost = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ENETRESET'];
  for (const code of lost) {
    t.is(breakReason('client', code), 'client_lost', code);
    t.is(breakReason('endpoint', code), 'endpoint_lost', code);
  }
});

test('a connection that breaks in any other way was reset, with EPIPE too', (t) => {
  for (const code of ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'EIO', '', undefined]) {
    t.is(breakReason('client', code), 'client_reset', code);
    t.is(breakReason('endpoint', code), 'endpoint_reset', code);
  }
});
