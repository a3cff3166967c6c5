import { once } from 'node:events';
import { connect } from 'node:net';
import { startApp } from '../../src/app/app.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import type { HeldSocket } from '../../src/plan/held-socket.ts';
import { fromLinux, onLinux } from '../linux/on-linux.ts';
import { createTestHost } from '../tools/test-host.ts';

const { accept, close, duplicate } = await fromLinux(() => import('../../src/linux/socket.ts'));
const { ListeningSockets } = await fromLinux(() => import('../../src/listening/listening-sockets.ts'));

const ANY_PORT = { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 } as const;

/** A socket as the old process has it, and what its successor gets. */
function openBefore(name: string) {
  const { fds, address } = new ListeningSockets().open({ name, listen: ANY_PORT, keepaliveMs: 0 }, 1);
  const fd = fds[0]!;
  const port = address.kind === 'tcp' ? address.port : 0;
  const inherited: HeldSocket = { name, address, worker: 0, fd: duplicate(fd) };
  return { inherited, port, fd, closeOld: () => close(fd) };
}

async function clientOf(port: number) {
  const client = connect(port, '127.0.0.1');
  await once(client, 'connect');
  client.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  return client;
}

onLinux('whoever waits in the queue of an ops address is answered by the successor', async (t) => {
  const metrics = openBefore('--metrics');
  const admin = openBefore('--admin');
  const sockets = new ListeningSockets({ inherited: [metrics.inherited, admin.inherited] });
  const listeners = [{ name: 'web', listen: '127.0.0.1:0', to: '127.0.0.1:9', present: 'none' }];
  const addresses = { metrics: `127.0.0.1:${metrics.port}`, admin: 'none' };
  const config = configFromValue({ version: 1, engine: 'net', ...addresses, listeners }, {});
  const before = await clientOf(metrics.port);
  const app = await startApp(config, createTestHost(), { sockets, isSuccessor: true });
  t.teardown(() => app.stop());
  metrics.closeOld();
  admin.closeOld();
  // Nobody accepts from it at this moment.
  const between = await clientOf(metrics.port);
  await app.succeed();
  for (const client of [before, between]) {
    const [answer] = await once(client, 'data');
    t.regex(String(answer), /^HTTP\/1\.1 200/);
  }
  t.is(app.metrics, addresses.metrics);
  // This configuration has no such address.
  await t.throwsAsync(clientOf(admin.port), { code: 'ECONNREFUSED' });
});

onLinux('a successor accepts nobody before it has every address, whichever engine serves it', async (t) => {
  const web = openBefore('web');
  t.teardown(web.closeOld);
  const taken = openBefore('taken');
  t.teardown(taken.closeOld);
  close(taken.inherited.fd);
  const sockets = new ListeningSockets({ inherited: [web.inherited] });
  const at = (port: number) => ({ listen: `127.0.0.1:${port}`, to: '127.0.0.1:9' });
  const listeners = [
    { name: 'web', ...at(web.port), present: 'none' },
    { name: 'http', ...at(taken.port), present: 'forwarded' },
  ];
  const written = { version: 1, engine: 'net', metrics: 'none', admin: 'none', listeners };
  const client = await clientOf(web.port);
  t.teardown(() => client.destroy());
  const start = startApp(configFromValue(written, {}), createTestHost(), { sockets, isSuccessor: true });
  await t.throwsAsync(start, { message: /^listener "http" cannot listen on / });
  // It is still in the queue of the old process.
  const accepted = accept(web.fd);
  t.true(accepted >= 0);
  close(accepted);
});
