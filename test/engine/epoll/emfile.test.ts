import { once } from 'node:events';
import { Connection } from '../../helpers/connection.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { leavesNothingOpen, onLinux } from '../../linux/on-linux.ts';
import { FewDescriptors } from '../few-descriptors.ts';
import { destroyed } from './engine-bench.ts';

leavesNothingOpen();

const DESCRIPTORS = 64;
const HEADER = 'PROXY TCP4 192.0.2.1 192.0.2.2 1000 2000\r\n';
const HEADER_BYTES = 28;

onLinux(
  'without a descriptor left accept errors are counted, accepting pauses, and serving goes on afterwards',
  async (t) => {
    const endpoint = await ScriptedEndpoint.start();
    t.teardown(() => endpoint.stop());
    const child = new FewDescriptors(t, 'epoll', DESCRIPTORS, endpoint.port);
    const port = await child.until((lines) => lines[0]?.port);
    const connect = () => Connection.to({ host: '127.0.0.1', port });
    // One is served before, and goes on in between.
    const early = await connect();
    early.write(`${HEADER}one`);
    const served = await endpoint.accept();
    t.is((await served.read(HEADER_BYTES + 3)).subarray(HEADER_BYTES).toString(), 'one');

    const crowd = await Promise.all(Array.from({ length: 2 * DESCRIPTORS }, connect));
    const faults = await child.until((lines) => {
      const found = lines.filter(({ fault }) => fault !== undefined);
      return found.length >= 4 ? found : undefined;
    });
    for (const { fault, code } of faults) {
      t.is(fault, 'a connection could not be accepted');
      t.is(code, 'EMFILE');
    }
    // It tries again after a pause, and does not spin.
    for (const [index, { at }] of faults.slice(1).entries()) {
      const since = at! - faults[index]!.at!;
      t.true(since > 25, `${since} ms after the one before`);
    }
    early.write('two');
    t.is(await served.readText(3), 'two');
    served.write('three');
    t.is(await early.readText(5), 'three');

    await Promise.all(crowd.map(destroyed));
    const late = await connect();
    late.end(`${HEADER}late`);
    const lateServed = await endpoint.accept();
    t.is((await lateServed.readToEnd()).subarray(HEADER_BYTES).toString(), 'late');
    lateServed.end('welcome');
    t.is((await late.readToEnd()).toString(), 'welcome');
    early.end();
    await served.readToEnd();
    served.end();
    await child.until((lines) =>
      lines.filter(({ ended }) => ended === 'client_closed').length === 2 ? true : undefined,
    );

    const exited = once(child.process, 'close');
    child.process.stdin!.end();
    const counted = await child.until((lines) =>
      lines.find(({ acceptErrors }) => acceptErrors !== undefined),
    );
    t.deepEqual(await exited, [0, null]);
    const told = child.lines.filter(({ fault }) => fault !== undefined).length;
    t.is(counted.acceptErrors, told);
    t.is(counted.opened, counted.ended as number);
    t.true(counted.opened! > DESCRIPTORS, `${counted.opened}`);
    await Promise.all([early, late].map(destroyed));
  },
);
