import test from 'ava';
import { parseIp } from '../../../src/address/ip.ts';
import { BACKLOG, listenOptions } from '../../../src/engine/main-thread/open-server.ts';

test('an address of each kind is what Node takes for it, with a queue for a crowd', (t) => {
  const of = (ip: string | null) =>
    listenOptions({ kind: 'tcp', ip: ip === null ? null : parseIp(ip)!, port: 8 });
  t.deepEqual(of('127.0.0.1'), { host: '127.0.0.1', port: 8, ipv6Only: false, backlog: BACKLOG });
  t.deepEqual(of('::1'), { host: '::1', port: 8, ipv6Only: true, backlog: BACKLOG });
  t.deepEqual(of(null), { port: 8, backlog: BACKLOG });
  t.deepEqual(listenOptions({ kind: 'unix', path: '/run/s' }), { path: '/run/s', backlog: BACKLOG });
  t.true(BACKLOG > 511);
});
