import test from 'ava';
import { parseIp } from '../../../src/address/ip.ts';
import { createEpollEngine } from '../../../src/engine/epoll/epoll-engine.ts';
import { declare } from '../../../src/linux/libc.ts';
import { allocate } from '../../../src/linux/memory.ts';
import { close, connectTcp, endStream, tcpSocket, transmit } from '../../../src/linux/socket.ts';
import { ENGINE_DEFAULTS, EngineHarness, endpointAt } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';

const MSG_OOB = 1;
const send = declare('intptr_t send(int fd, uintptr_t bytes, uintptr_t length, int flags)');

for (const bulk of [0, 4 << 20]) {
  test(`urgent data comes in its place, and nothing behind it is lost, after ${bulk} bytes`, async (t) => {
    const endpoint = await ScriptedEndpoint.start();
    const harness = await EngineHarness.start(
      (parts) => createEpollEngine({ ...ENGINE_DEFAULTS, ...parts, threads: 1 }),
      { endpoints: [endpointAt(endpoint.port)], presentation: { form: 'none' } },
    );
    const { address } = harness.open[0]!;
    const fd = tcpSocket(parseIp('127.0.0.1')!);
    connectTcp(fd, parseIp('127.0.0.1')!, address.kind === 'tcp' ? address.port : 0);
    const memory = allocate(1 << 16);
    memory.bytes.fill(0x61);
    const served = await endpoint.accept();
    for (let sent = 0; sent < bulk; ) {
      const taken = transmit(fd, memory.address, Math.min(1 << 16, bulk - sent));
      if (taken > 0) sent += taken;
      else await new Promise(setImmediate);
    }
    transmit(fd, memory.address, 10);
    memory.bytes.set(Buffer.from('Xbbbbbbbbbb'));
    send(fd, memory.address, 1, MSG_OOB);
    transmit(fd, memory.address + 1, 10);
    endStream(fd);
    const received = (await served.readToEnd()).toString();
    t.is(received.length, bulk + 21);
    t.true(received.endsWith('aaaaaaaaaaXbbbbbbbbbb'));
    close(fd);
    await harness.stop();
    await endpoint.stop();
  });
}
