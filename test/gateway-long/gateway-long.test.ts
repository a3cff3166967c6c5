import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { playOf, scriptedTest } from '../e2e/gateway/play.ts';

// What `herald gateway` does under load, at size and over minutes. It wants a quiet machine.

const SCENARIO = fileURLToPath(new URL('./scenario-process.js', import.meta.url));
const play = (t: ExecutionContext, ...words: readonly string[]) => playOf(t, SCENARIO, ...words);

scriptedTest(
  '1,000 connections a second while Services are added, changed and removed: no failure on the one that stays',
  async (t) => {
    t.deepEqual(await play(t, 'changesUnderLoad'), { enough: true, changes: true, failures: {}, errors: [] });
  },
);

scriptedTest(
  'G9: 1,000 Services and 10,000 endpoints: memory, connections to the API, and an event in force',
  async (t) => {
    const { residentMiB, medianMs, connections, hasHistograms } = await play(t, 'thousandServices');
    t.log(`${residentMiB} MiB, an event in force in ${medianMs} ms, ${connections} connections`);
    // With one thread and the options of the overlay. From version 24 on Node itself takes 20 more: 103 of one Service, not 80.
    const isLarger = Number(process.versions.node.split('.')[0]) >= 24;
    t.true(Number(residentMiB) < (isLarger ? 170 : 150));
    t.true(Number(medianMs) < 100);
    t.true(Number(connections) <= 8);
    t.false(hasHistograms, 'G16: beyond 100 listeners histograms are those of the process');
  },
);

scriptedTest('G3: definitions that come back are served within a minute', async (t) => {
  t.deepEqual(await play(t, 'definitionsReturn'), { answer: '10.1.0.1 saw 10.9.0.1' });
});

scriptedTest('G6: a Lease that was stolen and not renewed is taken back when it has expired', async (t) => {
  t.deepEqual(await play(t, 'leaseExpires'), { isSoon: true });
});

scriptedTest(
  'G3: a successor that does not get at the API gives up after 20 seconds, and the old process serves as before',
  async (t) => {
    const served = '10.1.0.1 saw 10.9.0.1';
    t.deepEqual(await play(t, 'successorWithoutApi'), { answers: [served], after: served, next: served });
  },
);
