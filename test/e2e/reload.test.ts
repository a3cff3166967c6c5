import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { folderFor, retry } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { load } from './kubernetes/load.ts';
import { ask } from './kubernetes/world.ts';
import { startNamedServer } from './named-server.ts';
import { connectTo } from './visit.ts';

/** Two of them read a file that is wrong. */
const RELOADS = 8;
/** How many connections each configuration has to itself; others meet the reload. */
const ANSWERS_PER_RELOAD = 200;
const ENGINES = process.platform === 'linux' ? ['epoll', 'net'] : ['net'];

const isTaken = ({ msg }: { msg: string }) => msg === 'configuration reloaded';
const isRefused = ({ msg }: { msg: string }) => msg.startsWith('reload failed');

/** A file that a test writes anew; readers see the whole of it or none. */
async function createFile(t: ExecutionContext, engine: string) {
  const file = join(await folderFor(t), 'herald.yaml');
  const write = (listeners: readonly string[]) => {
    writeFileSync(
      `${file}.new`,
      [
        'version: 1',
        `engine: ${engine}`,
        'metrics: none',
        'admin: 127.0.0.1:0',
        'listeners:',
        ...listeners,
      ].join('\n'),
    );
    renameSync(`${file}.new`, file);
  };
  return { file, write };
}

function listener(name: string, ...ports: readonly number[]): string {
  const to = ports.map((port) => `"127.0.0.1:${port}"`).join(', ');
  return `  - {name: ${name}, listen: "127.0.0.1:0", present: none, to: [${to}]}`;
}

for (const engine of ENGINES) {
  test.serial(
    `under 1,000 connections a second no reload loses one, nor does a wrong file: ${engine}`,
    async (t) => {
      const [red, blue] = await Promise.all([startNamedServer(t, 'red'), startNamedServer(t, 'blue')]);
      const lasting = await ScriptedEndpoint.start();
      t.teardown(() => lasting.stop());
      const { file, write } = await createFile(t, engine);
      const both = (web: string) => write([web, listener('lasting', lasting.port)]);
      both(listener('web', red));
      const herald = await Program.start(t, `run --config ${file}`, { listeners: 2 });

      const client = await connectTo({ port: herald.port('lasting') });
      t.teardown(() => client.destroy());
      client.write('before');
      const served = await lasting.accept();
      t.is(await served.readText(6), 'before');

      const turns = [
        listener('web', blue),
        listener('web', red, blue),
        '  - {name: web, listen: nowhere}',
        listener('web', red),
        listener('web', blue, red),
      ];
      const clients = load(herald.port('web'));
      for (let reload = 0; reload < RELOADS; reload++) {
        await clients.more(ANSWERS_PER_RELOAD);
        both(turns[reload % turns.length]!);
        herald.signal('SIGHUP');
        await herald.logged((line) => isTaken(line) || isRefused(line), reload + 1);
      }
      await clients.more(ANSWERS_PER_RELOAD);
      const answers = await clients.stop();

      t.deepEqual(Object.keys(answers).sort(), ['blue', 'red']);
      t.is(herald.log.filter(isRefused).length, 2);
      t.true(herald.complaints.every(({ level, reason }) => level === 'error' && reason === undefined));

      // It has seen them all come and go.
      client.write('after');
      t.is(await served.readText(5), 'after');
      served.end('goodbye');
      t.is((await client.readToEnd()).toString(), 'goodbye');
      client.end();
      t.deepEqual(await herald.stop(), { code: 0, signal: null });
    },
  );

  test(`a listener that a reload renames keeps its address, and says so under its new name: ${engine}`, async (t) => {
    const [red, blue] = await Promise.all([startNamedServer(t, 'red'), startNamedServer(t, 'blue')]);
    const { file, write } = await createFile(t, engine);
    const port = await unusedPort();
    const at = (line: string) => line.replace('127.0.0.1:0', `127.0.0.1:${port}`);
    write([at(listener('old', red))]);
    const herald = await Program.start(t, `run --config ${file}`);
    t.is(await ask(port), 'red');
    write([at(listener('new', blue))]);
    herald.signal('SIGHUP');
    await herald.logged(isTaken);
    t.is(herald.port('new'), port);
    t.is(await ask(port), 'blue');
    t.deepEqual(await herald.stop(), { code: 0, signal: null });
  });

  test(`a listener that a reload adds is open, and one that it takes away is closed: ${engine}`, async (t) => {
    const [red, blue] = await Promise.all([startNamedServer(t, 'red'), startNamedServer(t, 'blue')]);
    const { file, write } = await createFile(t, engine);
    write([listener('old', red)]);
    const herald = await Program.start(t, `run --config ${file}`);
    const port = herald.port('old');
    t.is(await ask(port), 'red');
    write([listener('new', blue)]);
    herald.signal('SIGHUP');
    await herald.logged(isTaken);
    const admin = `127.0.0.1:${herald.opsPort('admin')}`;
    const { listeners } = JSON.parse((await Program.run(t, `status --json --admin ${admin}`)).stdout);
    t.deepEqual(
      listeners.map(({ name }: { name: string }) => name),
      ['new'],
    );
    t.is(await ask(Number(listeners[0].address.split(':')[1])), 'blue');
    await retry(async () => {
      if ((await ask(port)) !== 'ECONNREFUSED') throw new Error('the listener is open');
    }, herald);
    t.pass();
  });
}
