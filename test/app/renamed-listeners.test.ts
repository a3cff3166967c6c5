import test from 'ava';
import { startApp } from '../../src/app/app.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { Connection } from '../helpers/connection.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { createTestHost } from '../tools/test-host.ts';

const ENGINES = process.platform === 'linux' ? ['epoll', 'net'] : ['net'];

function configOf(engine: string, to: string, names: readonly string[], present = 'none') {
  const listeners = names.map((name) => ({ name, listen: '127.0.0.1:0', to, present }));
  const process = { engine, threads: 2, metrics: '127.0.0.1:0', admin: 'none', logLevel: 'warn' };
  return configFromValue({ version: 1, ...process, listeners }, {});
}

for (const engine of ENGINES) {
  test(`a name may change with every reload, and two hundred listeners come at once: ${engine}`, async (t) => {
    const endpoint = await ScriptedEndpoint.start();
    t.teardown(() => endpoint.stop());
    const to = `127.0.0.1:${endpoint.port}`;
    const host = createTestHost();
    const app = await startApp(configOf(engine, to, ['first']), host);
    t.teardown(() => app.stop());
    for (let turn = 0; turn < 100; turn++) await app.reload(configOf(engine, to, [`name-${turn}`]));

    const names = Array.from({ length: 200 }, (_, index) => `many-${index}`);
    await app.reload(configOf(engine, to, names));
    t.deepEqual(
      app.listeners.map(({ name }) => name),
      names,
    );
    const last = app.listeners.at(-1)!;
    const client = await Connection.to({
      host: '127.0.0.1',
      port: Number(last.address.split(':').at(-1)),
    });
    await endpoint.accept();
    const scrape = async () => (await fetch(`http://${app.metrics}/metrics`)).text();
    const text = await scrape();
    t.regex(text, /^herald_sessions_opened_total\{listener="many-199"\} 1$/m);
    t.regex(text, /^herald_sessions_opened_total\{listener="many-0"\} 0$/m);
    t.notRegex(text, /listener="(?:first|name-\d+)"/);
    client.destroy();
    t.is(host.err(), '');
  });
}
