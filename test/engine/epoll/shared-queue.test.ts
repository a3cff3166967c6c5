import test from 'ava';
import { createEpollEngine } from '../../../src/engine/epoll/epoll-engine.ts';
import { accept, close, duplicate } from '../../../src/linux/socket.ts';
import { type CreateEngine, ENGINE_DEFAULTS } from '../../helpers/engine-harness.ts';
import { NONE, sessionRows } from '../session-rows.ts';

// A drain of an engine whose sockets another process has too: a successor accepts from the same queues.

const create: CreateEngine = (parts) => createEpollEngine({ ...ENGINE_DEFAULTS, ...parts, threads: 1 });

const row = sessionRows(test, 'epoll', create);

row(
  'clients for whom there is room are served, and the others are left in the queue',
  () => ({ ...NONE, limits: { maxSessions: 2 } }),
  async (t, harness, endpoint) => {
    const clients = [await harness.connect(), await harness.connect()];
    const served = [await endpoint.accept(), await endpoint.accept()];
    clients.push(await harness.connect(), await harness.connect());
    const successors = duplicate(harness.engine.sockets()[0]!.fd);
    t.teardown(() => close(successors));
    const drained = harness.engine.drain(true);
    // Answered after the order to drain.
    t.is((await harness.engine.sessions(10)).length, 2);
    const left: number[] = [];
    for (let fd = accept(successors); fd >= 0; fd = accept(successors)) left.push(fd);
    t.is(left.length, 2);
    for (const fd of left) close(fd);
    for (const client of [...clients, ...served]) client.end();
    await drained;
    t.is(harness.state.reserved[0], 0);
  },
);
