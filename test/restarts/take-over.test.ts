import { existsSync } from 'node:fs';
import type { IpcNetConnectOpts } from 'node:net';
import test from 'ava';
import { Connection } from '../helpers/connection.ts';
import { RequestTalk } from '../helpers/request-talk.ts';
import { ENGINES, startTakeOverWorld } from './take-over-world.ts';

const onLinux = process.platform === 'linux' ? test.serial : test.skip;

const GOOD_END = { code: 0, signal: null };

for (const [engine, flags] of Object.entries(ENGINES)) {
  for (const unix of [false, true]) {
    const on = unix ? 'a unix socket' : 'TCP';

    onLinux(
      `a successor serves who comes, and the old process ends with its sessions: ${engine}, ${on}`,
      async (t) => {
        const { herald, at, begin, once, ask, ...ports } = await startTakeOverWorld(t, flags, { unix });
        const old = herald.pid;
        const before = await begin();
        t.is(before.holder(herald.pids), old);

        const successor = await herald.takeOver();
        const after = await begin();
        t.is(after.holder(herald.pids), successor);
        t.is(before.holder(herald.pids), old);
        for (let more = 0; more < 8; more++) t.is(await once(), successor);
        t.deepEqual(await ask(ports.metricsPort, '/readyz'), { pid: successor, status: 200 });
        t.deepEqual(await ask(ports.adminPort, '/status'), { pid: successor, status: 200 });

        await before.finish();
        t.deepEqual(await herald.exitOf(old), GOOD_END);
        t.is(await once(), successor);
        t.deepEqual(await ask(ports.metricsPort, '/metrics'), { pid: successor, status: 200 });
        if (unix) t.true(existsSync((at as IpcNetConnectOpts).path));
        await after.finish();

        t.deepEqual(await herald.stop(), GOOD_END);
        if (unix) t.false(existsSync((at as IpcNetConnectOpts).path));
        t.deepEqual(herald.complaints, []);
        t.deepEqual(herald.program.stderr, []);
        t.deepEqual(herald.alive, []);
      },
    );
  }

  onLinux(`a successor is taken over by the next, and each keeps its own sessions: ${engine}`, async (t) => {
    const { herald, begin, once, ask, metricsPort } = await startTakeOverWorld(t, flags);
    const first = herald.pid;
    const ofFirst = await begin();
    const second = await herald.takeOver();
    const ofSecond = await begin();
    const third = await herald.takeOver();
    const ofThird = await begin();
    t.deepEqual(
      [ofFirst, ofSecond, ofThird].map((talk) => talk.holder(herald.pids)),
      [first, second, third],
    );
    t.deepEqual(await ask(metricsPort, '/readyz'), { pid: third, status: 200 });

    await ofFirst.finish();
    t.deepEqual(await herald.exitOf(first), GOOD_END);
    await ofSecond.finish();
    t.deepEqual(await herald.exitOf(second), GOOD_END);
    t.is(await once(), third);
    await ofThird.finish();
    t.deepEqual(await herald.stop(), GOOD_END);
    t.deepEqual(herald.complaints, []);
  });

  onLinux(`what outlasts --drain-timeout is reset in the old process alone: ${engine}`, async (t) => {
    const { herald, begin } = await startTakeOverWorld(t, `${flags} --drain-delay 1h --drain-timeout 200ms`);
    const old = herald.pid;
    const before = await begin();
    await herald.takeOver();
    const after = await begin();
    t.is(await before.client.kernelEnding(), 'reset');
    t.deepEqual(await herald.exitOf(old), GOOD_END);
    await after.finish();
    t.pass();
  });

  onLinux(`clients that wait for a place are served, and none is reset: ${engine}`, async (t) => {
    const { herald, endpoint, at, begin, once } = await startTakeOverWorld(
      t,
      `${flags} --max-sessions 1 --over-limit wait --drain-delay 1h`,
    );
    const old = herald.pid;
    const before = await begin();
    const waiting = await Promise.all(Array.from({ length: 6 }, () => Connection.to(at)));
    const served = Promise.all(
      waiting.map(async (client) => (await RequestTalk.over(endpoint, client)).finish()),
    );
    await herald.takeOver();
    // Node accepts clients above the limit: they wait in the old process. Others wait in the kernel's queue, and need not.
    if (!engine.startsWith('epoll')) await before.finish();
    await served;
    t.is(await once(), herald.pid);
    if (engine.startsWith('epoll')) await before.finish();
    t.deepEqual(await herald.exitOf(old), GOOD_END);
    t.deepEqual(await herald.stop('SIGKILL'), { code: null, signal: 'SIGKILL' });
  });
}
