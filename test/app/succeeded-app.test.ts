import test from 'ava';
import { startApp } from '../../src/app/app.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { Connection } from '../helpers/connection.ts';
import { createTestHost } from '../tools/test-host.ts';

// A process that another has succeeded: the service goes on, whatever this process does.

for (const [path, expected] of [
  ['/lb-healthz', 200],
  ['/readyz', 200],
  ['/livez', 200],
  ['/startupz', 200],
] as const) {
  test(`${path} of who has asked before a successor served is answered for the service`, async (t) => {
    const listeners = [{ name: 'web', listen: '127.0.0.1:0', present: 'none', to: '127.0.0.1:9' }];
    const ops = { metrics: '127.0.0.1:0', admin: 'none' };
    const config = configFromValue({ version: 1, ...ops, listeners }, {});
    const app = await startApp(config, createTestHost());
    t.teardown(() => app.stop());
    const [host, port] = app.metrics!.split(':') as [string, string];
    const client = await Connection.to({ host, port: Number(port) });
    t.teardown(() => client.destroy());
    client.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n`);
    // It has been read once a later request is answered.
    t.is((await fetch(`http://${app.metrics}/livez`)).status, 200);
    app.handOver();
    const left = app.leave();
    client.write('\r\n');
    t.true((await client.readToEnd()).toString().startsWith(`HTTP/1.1 ${expected}`));
    await left;
  });
}
