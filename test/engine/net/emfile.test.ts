import { once } from 'node:events';
import test from 'ava';
import { Connection } from '../../helpers/connection.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { LINUX } from '../../linux/on-linux.ts';
import { FewDescriptors } from '../few-descriptors.ts';

const DESCRIPTORS = 64;
const HEADER = 'PROXY TCP4 192.0.2.1 192.0.2.2 1000 2000\r\n';
const HEADER_BYTES = 28;

for (const engine of LINUX ? (['net', 'net in batches'] as const) : (['net'] as const))
  test(`${engine}: without a descriptor left Node ends who comes, sessions go on, and so does serving afterwards`, async (t) => {
    const endpoint = await ScriptedEndpoint.start();
    t.teardown(() => endpoint.stop());
    const child = new FewDescriptors(t, engine, DESCRIPTORS, endpoint.port);
    const port = await child.until((lines) => lines[0]?.port);
    const connect = () => Connection.to({ host: '127.0.0.1', port });
    const early = await connect();
    early.write(`${HEADER}one`);
    const served = await endpoint.accept();
    t.is((await served.read(HEADER_BYTES + 3)).subarray(HEADER_BYTES).toString(), 'one');

    const crowd = await Promise.all(Array.from({ length: 2 * DESCRIPTORS }, connect));
    const ended = new Set<Connection>();
    await new Promise<void>((resolve) => {
      for (const client of crowd) {
        void client.ending.then(() => {
          if (ended.add(client).size >= DESCRIPTORS) resolve();
        });
      }
    });
    early.write('two');
    t.is(await served.readText(3), 'two');
    served.write('three');
    t.is(await early.readText(5), 'three');

    // Who was accepted has no endpoint: there is no descriptor for it. That is counted, and said.
    crowd.find((client) => !ended.has(client))!.write(`${HEADER}dial`);
    await child.until((lines) => lines.find(({ ended }) => ended === 'descriptors'));

    for (const client of crowd) client.destroy();
    await Promise.all(crowd.map(({ closed }) => closed));
    // The engine hears of that when it does.
    const next = endpoint.accept();
    for (let tries = 0; ; tries++) {
      const late = await connect();
      late.end(`${HEADER}late`);
      const lateServed = await Promise.race([next, late.ending]);
      if (typeof lateServed === 'string') {
        t.true(tries < 100);
        continue;
      }
      t.is((await lateServed.readToEnd()).subarray(HEADER_BYTES).toString(), 'late');
      lateServed.end('welcome');
      t.is((await late.readToEnd()).toString(), 'welcome');
      break;
    }
    early.end();
    await served.readToEnd();
    served.end();
    const exited = once(child.process, 'close');
    child.process.stdin!.end();
    const counted = await child.until((lines) =>
      lines.find(({ acceptErrors }) => acceptErrors !== undefined),
    );
    t.deepEqual(await exited, [0, null]);
    t.is(counted.opened, counted.ended as number);
    t.true(counted.opened! < DESCRIPTORS, `${counted.opened}`);
  });
