import test from 'ava';
import type { HeaderPhase } from '../../src/accept/header-phase.ts';
import { PendingHeaders } from '../../src/accept/pending-headers.ts';

/** A phase that records what happens to it. */
function scriptedPhase(pending: PendingHeaders, deadline: number) {
  let tell: (what: string) => void = () => {};
  const fate = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const over = (what: string) => () => {
    pending.delete(phase);
    tell(what);
  };
  const phase = {
    deadline,
    expire: over('expired'),
    evict: over('evicted'),
    abandon: over('abandoned'),
  } as unknown as HeaderPhase;
  return { phase, fate };
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

// Serial, because they count the timers of the process. AVA has some timers of its own, which stay.

// The timer under test does not keep the process alive, so the tests do.
const keep = setInterval(() => {}, 1000);
test.after.always(() => clearInterval(keep));

test.serial('phases expire in their order, each at its deadline, by one timer', async (t) => {
  const pending = new PendingHeaders(10);
  const now = performance.now();
  const phases = [20, 20, 45].map((ms) => scriptedPhase(pending, now + ms));
  const times: number[] = [];
  for (const { phase, fate } of phases) {
    void fate.then(() => times.push(performance.now() - now));
    pending.add(phase);
  }
  t.deepEqual(await Promise.all(phases.map(({ fate }) => fate)), ['expired', 'expired', 'expired']);
  t.true(times[0]! >= 20 && times[2]! >= 45);
  t.is(pending.size, 0);
});

test.serial('a phase that has ended in time is not touched when the next one expires', async (t) => {
  const pending = new PendingHeaders(10);
  const now = performance.now();
  const first = scriptedPhase(pending, now + 10);
  const second = scriptedPhase(pending, now + 20);
  pending.add(first.phase);
  pending.add(second.phase);
  pending.delete(first.phase);
  t.is(await second.fate, 'expired');
  t.is(await Promise.race([first.fate, 'untouched']), 'untouched');
});

test.serial('over the limit the oldest is evicted', async (t) => {
  const pending = new PendingHeaders(2);
  const phases = [1, 2, 3].map(() => scriptedPhase(pending, performance.now() + 60_000));
  for (const { phase } of phases) pending.add(phase);
  t.is(await phases[0]!.fate, 'evicted');
  t.is(pending.size, 2);
  pending.abandon();
});

test.serial(
  'waiting sockets do not keep the process alive, and leave no timer when they are abandoned',
  async (t) => {
    const before = timers();
    const pending = new PendingHeaders(2);
    const { phase, fate } = scriptedPhase(pending, performance.now() + 60_000);
    pending.add(phase);
    // Only timers that keep the process alive are listed.
    t.is(timers(), before);
    pending.abandon();
    t.is(await fate, 'abandoned');
    t.is(timers(), before);
  },
);
