import test from 'ava';
import { createBurst } from '../../src/control/burst.ts';
import { createManualClock } from '../observe/manual-clock.ts';

function create() {
  const clock = createManualClock();
  const runs: (() => void)[] = [];
  const burst = createBurst({
    everyMs: 50,
    ...clock,
    run: () => new Promise<void>((resolve) => runs.push(resolve)),
  });
  /** The latest run is over. */
  const finish = async () => {
    runs.at(-1)!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, burst, runs, finish };
}

test('what is asked for first is done at once', (t) => {
  const { burst, runs } = create();
  burst.ask();
  t.is(runs.length, 1);
});

test('what is asked for soon after that is done together, no sooner than it may', async (t) => {
  const { burst, runs, finish, clock } = create();
  burst.ask();
  await finish();
  burst.ask();
  clock.advance(49);
  burst.ask();
  t.is(runs.length, 1);
  clock.advance(1);
  t.is(runs.length, 2);
  await finish();
  clock.advance(1000);
  t.is(runs.length, 2);
});

test('what is asked for while it is under way is done when that is over, however long it took', async (t) => {
  const { burst, runs, finish, clock } = create();
  burst.ask();
  burst.ask();
  clock.advance(1000);
  t.is(runs.length, 1);
  await finish();
  t.is(runs.length, 2);
});

test('after a while what is asked for is the first again', async (t) => {
  const { burst, runs, finish, clock } = create();
  burst.ask();
  await finish();
  clock.advance(50);
  burst.ask();
  t.is(runs.length, 2);
});

test('nothing is done once it has stopped', async (t) => {
  const { burst, runs, finish, clock } = create();
  burst.ask();
  await finish();
  burst.ask();
  burst.stop();
  t.is(clock.waiting, 0);
  burst.ask();
  clock.advance(100);
  t.is(runs.length, 1);
});
