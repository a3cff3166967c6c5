import test from 'ava';
import { createBusyWindow, type WorkerTime } from '../../src/observe/busy-window.ts';
import { createManualClock } from './manual-clock.ts';

/** One worker, whose work a test does. */
function create() {
  const clock = createManualClock();
  const times = new Map([['0', 0]]);
  const workers = (): readonly WorkerTime[] => [...times].map(([worker, busyMs]) => ({ worker, busyMs }));
  const window = createBusyWindow(workers, clock);
  /** Lets seconds pass, with this many busy milliseconds in each. */
  const pass = (seconds: number, busyMs: number, worker = '0') => {
    for (let second = 0; second < seconds; second++) {
      times.set(worker, (times.get(worker) ?? 0) + busyMs);
      clock.advance(1000);
    }
  };
  return { clock, window, times, pass };
}

test('nobody has worked before any time has passed', (t) => {
  t.is(create().window.ratio('0'), 0);
});

test('a share is that of the last fifteen seconds, or of the time since the start where that is less', (t) => {
  const { window, pass } = create();
  pass(2, 500);
  t.is(window.ratio('0'), 0.5);
  pass(13, 1000);
  t.is(window.ratio('0'), 14 / 15);
  pass(15, 100);
  t.true(Math.abs(window.ratio('0') - 0.1) < 1e-9);
});

test('whoever asks, and however often, the answer is the same', (t) => {
  const { clock, window, pass } = create();
  pass(20, 250);
  t.deepEqual([window.ratio('0'), window.ratio('0')], [0.25, 0.25]);
  clock.advance(499);
  t.is(window.ratio('0'), 0.25);
});

test('a worker that is not there has no share, and one that came later has its own', (t) => {
  const { window, pass, times } = create();
  pass(10, 1000);
  t.is(window.ratio('main'), 0);
  times.set('main', 5000);
  pass(1, 0);
  t.is(window.ratio('main'), 0);
  pass(4, 500, 'main');
  t.is(window.ratio('main'), 0.5);
});

test('a clock that lags behind a count makes no share above one', (t) => {
  const { window, pass } = create();
  pass(3, 1001);
  t.is(window.ratio('0'), 1);
});

test('nothing waits once it is stopped', (t) => {
  const { clock, window } = create();
  clock.advance(1000);
  window.stop();
  t.is(clock.waiting, 0);
});
