import test from 'ava';
import { probeHeader } from '../../src/health/probe-header.ts';

const LOCAL = { address: '10.0.0.9', port: 40_000 };
const REMOTE = { address: '10.0.0.1', port: 80 };
const UNIX = { address: undefined, port: undefined };
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

test('version 2 says LOCAL, with a length of 0', (t) => {
  t.is(Buffer.from(probeHeader('v2', LOCAL, REMOTE)).toString('hex'), '0d0a0d0a000d0a515549540a20000000');
});

test('version 1 names the ends of the connection, and UNKNOWN where a socket has none', (t) => {
  t.is(text(probeHeader('v1', LOCAL, REMOTE)), 'PROXY TCP4 10.0.0.9 10.0.0.1 40000 80\r\n');
  t.is(text(probeHeader('v1', UNIX, UNIX)), 'PROXY UNKNOWN\r\n');
});

test('the form none sends nothing', (t) => t.is(probeHeader('none', LOCAL, REMOTE).length, 0));
