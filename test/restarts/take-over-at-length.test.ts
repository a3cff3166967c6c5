import test from 'ava';
import { TRIED, tryInARow, tryKilled, tryUnderLoad } from './trials.ts';

// The short version of `prove.ts`.

const onLinux = process.platform === 'linux' ? test.serial : test.skip;

const RATE = 300;
const TAKE_OVERS = 3;
const IN_A_ROW = 10;
const MORE_MEMORY = 24 * 2 ** 20;

for (const [engine, flags] of Object.entries(TRIED)) {
  onLinux(
    `of 300 connections a second none is refused, none reset, in three take-overs: ${engine}`,
    async (t) => {
      const { clients, scrapes, complaints } = await tryUnderLoad(t, {
        ...{ flags, rate: RATE, takeOvers: TAKE_OVERS, between: RATE / 2 },
      });
      for (const { connections, answered, errors, firstByteMs } of [clients, scrapes]) {
        t.log(`${connections} connections, the first byte after at most ${firstByteMs.toFixed(0)} ms`);
        t.is(answered, connections, JSON.stringify(errors));
      }
      t.deepEqual(complaints, []);
    },
  );
}

for (const engine of ['epoll × 4', 'net'] as const) {
  onLinux(`ten take-overs in a row leave nothing behind: ${engine}`, async (t) => {
    const { first, last, complaints } = await tryInARow(t, TRIED[engine], IN_A_ROW);
    const { residentBytes: before, ...held } = first;
    const { residentBytes: after, ...holds } = last;
    t.deepEqual(holds, held);
    t.true(after <= before + MORE_MEMORY, `${before} bytes, then ${after}`);
    t.deepEqual(complaints, []);
  });
}

for (const engine of ['epoll × 4', 'net'] as const) {
  onLinux(
    `successors that are killed before they are ready cost no client anything: ${engine}`,
    async (t) => {
      const { clients, ready } = await tryKilled(t, TRIED[engine], { rate: 100, times: 6, withinMs: 300 });
      t.log(`${ready} of 6 were ready before`);
      t.is(clients.answered, clients.connections, JSON.stringify(clients.errors));
    },
  );
}
