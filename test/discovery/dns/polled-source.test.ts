import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { createPolledSource, type Poll } from '../../../src/discovery/dns/polled-source.ts';
import { plainEndpoint } from '../../../src/discovery/known-endpoints.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { start } from './dns-parts.ts';

const EVERY_MS = 1000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('the result of a query is not kept in memory after the next one', async (t) => {
  const clock = turnedClock();
  const answers: WeakRef<object>[] = [];
  const poll = async (): Promise<Poll> => {
    const endpoints = [plainEndpoint(Uint8Array.of(10, 0, 0, answers.length), 80)];
    answers.push(new WeakRef(endpoints));
    return { endpoints, addresses: [], againMs: EVERY_MS, refused: null };
  };
  const cancel = () => {};
  start(t, createPolledSource({ name: 'dns:web.example:80', poll, cancel, clock, random: () => 0 }));
  for (let polls = 1; polls < 20; polls++) {
    await clock.until(EVERY_MS);
    clock.advance(EVERY_MS);
  }
  await clock.until(EVERY_MS);
  // A weak reference is kept until the end of the turn in which it was made.
  await new Promise(setImmediate);
  collectGarbage();
  t.is(answers.length, 20);
  const kept = answers.filter((answer) => answer.deref() !== undefined).length;
  t.true(kept <= 2, `${kept} of ${answers.length} are kept`);
});
