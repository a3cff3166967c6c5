import { createHash, randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import type { Connection } from '../../helpers/connection.ts';
import { endpointAt, type PlanParts, TRUSTED } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { fromLinux, leavesNothingOpen, onLinuxAtOnce } from '../../linux/on-linux.ts';
import { receive, Sockets, send, until } from '../../linux/sockets.ts';
import { destroyed, EngineBench } from './engine-bench.ts';
import { StuckEndpoint } from './stuck-endpoint.ts';

const { EPOLL } = await fromLinux(() => import('../../../src/linux/epoll.ts'));
const { ERRNO } = await fromLinux(() => import('../../../src/linux/errno.ts'));

leavesNothingOpen();

const HEADER_BYTES = 28;
const V1 = 'PROXY TCP4 192.0.2.1 192.0.2.2 1000 2000\r\n';

/** A test with one thread and with two, each before an engine of its own. */
function row(title: string, play: (t: ExecutionContext, threads: number) => Promise<void>): void {
  for (const threads of [1, 2]) {
    onLinuxAtOnce(`${threads} ${threads === 1 ? 'thread' : 'threads'}: ${title}`, (t) => play(t, threads));
  }
}

async function start(t: ExecutionContext, threads: number, ...plans: PlanParts[]): Promise<EngineBench> {
  const bench = await EngineBench.start(threads, ...plans);
  t.teardown(() => bench.stop());
  return bench;
}

async function serving(t: ExecutionContext): Promise<ScriptedEndpoint> {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  return endpoint;
}

/** A client that is closed after the test. */
async function connect(t: ExecutionContext, bench: EngineBench, listener = 0): Promise<Connection> {
  const client = await bench.connect(listener);
  t.teardown(() => destroyed(client));
  return client;
}

const AT_REST = { active: 0, reserved: 0, endpointSessions: 0 };

row(
  'an endpoint that does not answer is given up when its time is over, and the client reset',
  async (t, threads) => {
    const { port } = new StuckEndpoint(new Sockets(t));
    const bench = await start(t, threads, { endpoints: [endpointAt(port)], timeouts: { connectMs: 150 } });
    const clients = await Promise.all(Array.from({ length: 6 }, () => connect(t, bench)));
    for (const record of await bench.records(clients.length)) {
      t.like(record, { reason: 'connect_timeout', detail: null, attempts: 1, connectMs: null });
      t.true(record.ms >= 150, `${record.ms}`);
    }
    for (const client of clients) t.is(await client.ending, 'reset');
    t.deepEqual(bench.held, AT_REST);
  },
);

row('the next endpoint serves whom one that does not answer has kept', async (t, threads) => {
  const { port } = new StuckEndpoint(new Sockets(t));
  const endpoint = await serving(t);
  const bench = await start(t, threads, {
    endpoints: [endpointAt(port, 0), endpointAt(endpoint.port, 1)],
    timeouts: { connectMs: 100 },
    ejection: { after: 100 },
  });
  const count = 8;
  const clients = await Promise.all(Array.from({ length: count }, () => connect(t, bench)));
  for (const client of clients) client.end('request');
  for (let left = count; left > 0; left--) {
    const served = await endpoint.accept();
    t.is((await served.readToEnd()).subarray(HEADER_BYTES).toString(), 'request');
    served.end('answer');
  }
  for (const client of clients) t.is((await client.readToEnd()).toString(), 'answer');
  const attempts = (await bench.records(count)).map((record) => record.attempts);
  // Each worker goes round: some began with the one, some with the other.
  t.true(attempts.includes(2) && attempts.every((each) => each === 1 || each === 2), `${attempts}`);
  t.deepEqual(bench.held, AT_REST);
});

row(
  'a client that sends 1 MB before an endpoint that answers late is connected loses no byte',
  async (t, threads) => {
    const stuck = new StuckEndpoint(new Sockets(t));
    const plan = { endpoints: [endpointAt(stuck.port)], timeouts: { connectMs: 20_000 } };
    const bench = await start(t, threads, plan, { ...plan, admission: TRUSTED });
    const bytes = randomBytes(1 << 20);
    const [plain, headed] = [await connect(t, bench, 0), await connect(t, bench, 1)];
    plain.end(bytes);
    headed.end(Buffer.concat([Buffer.from(V1), bytes]));
    const silent = await connect(t, bench, 0);
    await bench.until('all are being dialed for', () => bench.active === 3);
    const endpoint = await stuck.wake();
    t.teardown(() => endpoint.stop());
    const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
    let silentOne: Connection | undefined;
    for (let left = 3; left > 0; left--) {
      const served = await endpoint.accept();
      const header = await served.read(HEADER_BYTES);
      if (header.readUInt16BE(24) === silent.socket.localPort) {
        silentOne = served;
        continue;
      }
      t.is(digest(await served.readToEnd()), digest(bytes));
      served.end('thanks');
    }
    t.is((await plain.readToEnd()).toString(), 'thanks');
    t.is((await headed.readToEnd()).toString(), 'thanks');
    silent.end('at last');
    t.is((await silentOne!.readToEnd()).toString(), 'at last');
    silentOne!.end();
    for (const record of await bench.records(3)) {
      t.is(record.reason, 'client_closed');
      t.true(record.connectMs! > 0);
    }
    t.deepEqual(bench.held, AT_REST);
  },
);

row('an endpoint that closes at once closes the client, whatever that has sent', async (t, threads) => {
  const endpoint = await serving(t);
  const bench = await start(t, threads, { endpoints: [endpointAt(endpoint.port)] });
  for (const sends of ['', 'request', 'request and end']) {
    const client = await connect(t, bench);
    if (sends === 'request') client.write(sends);
    if (sends === 'request and end') client.end(sends);
    const served = await endpoint.accept();
    served.end();
    const ending = await client.ending;
    t.is(ending, 'fin', sends);
    client.end();
    const [record] = await bench.records(1);
    t.true(['endpoint_closed', 'client_closed'].includes(record!.reason), record!.reason);
  }
  t.deepEqual(bench.held, AT_REST);
});

row('an endpoint that closes without having read what it was sent resets the client', async (t, threads) => {
  const sockets = new Sockets(t);
  const { fd, port } = sockets.listener();
  const bench = await start(t, threads, { endpoints: [endpointAt(port)] });
  for (let time = 0; time < 10; time++) {
    const client = sockets.dial(bench.ports[0]!);
    send(client, 'request');
    const served = sockets.accept(fd);
    until(served, EPOLL.IN);
    sockets.close(served);
    t.is(receive(client), -ERRNO.ECONNRESET);
    sockets.close(client);
  }
  for (const record of await bench.records(10)) {
    t.like(record, { reason: 'endpoint_reset', detail: 'ECONNRESET' });
  }
  t.deepEqual(bench.held, AT_REST);
});

row('an endpoint that says why it resets, and does so at once, is heard', async (t, threads) => {
  const sockets = new Sockets(t);
  const { fd, port } = sockets.listener();
  const bench = await start(t, threads, { endpoints: [endpointAt(port)], presentation: { form: 'none' } });
  const rounds = 10;
  const clients: number[] = [];
  for (let time = 0; time < rounds; time++) {
    const client = sockets.dial(bench.ports[0]!);
    clients.push(client);
    const served = sockets.accept(fd);
    // Perhaps before the engine has heard that it is connected.
    send(served, '421 busy');
    sockets.reset(served);
  }
  for (const client of clients) {
    t.is(receive(client), '421 busy');
    sockets.close(client);
  }
  for (const record of await bench.records(rounds)) t.like(record, { reason: 'endpoint_reset', attempts: 1 });
  t.deepEqual(bench.held, AT_REST);
});

row(
  'what a client sends and resets at once reaches an endpoint that is there, and then the reset',
  async (t, threads) => {
    const sockets = new Sockets(t);
    const { fd, port } = sockets.listener();
    const bench = await start(t, threads, { endpoints: [endpointAt(port)], presentation: { form: 'none' } });
    for (let time = 0; time < 10; time++) {
      const client = sockets.dial(bench.ports[0]!);
      send(client, 'parting words');
      sockets.reset(client);
      const served = sockets.accept(fd);
      t.is(receive(served), 'parting words');
      t.is(receive(served), -ERRNO.ECONNRESET);
      sockets.close(served);
    }
    for (const record of await bench.records(10))
      t.like(record, { reason: 'client_reset', bytesToEndpoint: 13 });
    t.deepEqual(bench.held, AT_REST);
  },
);

row('a drain serves those too who wait for a place of a full listener', async (t, threads) => {
  const endpoint = await serving(t);
  const bench = await start(t, threads, {
    endpoints: [endpointAt(endpoint.port)],
    limits: { maxSessions: 1 },
  });
  const first = await connect(t, bench);
  const served = await endpoint.accept();
  const waiting = await Promise.all(Array.from({ length: 4 }, () => connect(t, bench)));
  const drained = bench.engine.drain();
  for (const client of waiting) client.end('waited');
  first.end('first');
  t.is((await served.readToEnd()).subarray(HEADER_BYTES).toString(), 'first');
  served.end();
  for (let left = waiting.length; left > 0; left--) {
    const next = await endpoint.accept();
    t.is((await next.readToEnd()).subarray(HEADER_BYTES).toString(), 'waited');
    next.end('served');
  }
  for (const client of waiting) t.is((await client.readToEnd()).toString(), 'served');
  await drained;
  t.deepEqual(bench.held, AT_REST);
});
