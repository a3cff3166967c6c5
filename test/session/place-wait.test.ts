import test from 'ava';
import { PlaceWait } from '../../src/session/place-wait.ts';

/** A wait whose loop turns when the test says so, a millisecond each time. */
function create() {
  let nowMs = 1000;
  let tasks: (() => void)[] = [];
  const asked: number[] = [];
  const gone: number[] = [];
  const places: PlaceWait = new PlaceWait(
    {
      now: () => nowMs,
      settle: (task, times) => {
        asked.push(times);
        tasks.push(task);
      },
    },
    () => gone.push(places.size),
  );
  const turn = (ms = 1) => {
    nowMs += ms;
    const due = tasks;
    tasks = [];
    for (const task of due) task();
    return due.length > 0;
  };
  return { places, turn, asked, gone };
}

/** One that waits, and what becomes of it. */
function wait({ places }: ReturnType<typeof create>, most = 1000) {
  const one = { free: false, looks: 0, ending: 'waits' };
  const look = () => {
    one.looks++;
    if (one.free) one.ending = 'placed';
    return one.free;
  };
  places.begin(most, look, () => {
    one.ending = 'refused';
  });
  return one;
}

test('a place that is free once all pending events are handled is found at the first check', (t) => {
  const made = create();
  const one = wait(made);
  t.deepEqual([one.looks, one.ending, made.places.size], [0, 'waits', 1]);
  one.free = true;
  made.turn();
  t.deepEqual([one.looks, one.ending, made.places.size], [1, 'placed', 0]);
  t.deepEqual([made.asked, made.gone], [[1], [0]]);
  t.false(made.turn());
});

test('a place that becomes free within 20 ms is found, and no session waits longer', (t) => {
  for (const [freeAt, ending] of [
    [19, 'placed'],
    [30, 'refused'],
  ] as const) {
    const made = create();
    const one = wait(made);
    let turns = 0;
    for (; one.ending === 'waits'; turns++) {
      one.free = turns >= freeAt;
      made.turn();
    }
    t.is(one.ending, ending);
    t.is(turns, 20);
    t.is(made.places.size, 0);
    t.deepEqual(
      made.asked,
      [...made.asked.keys()].map((index) => index + 1),
    );
  }
});

test('a loop that seldom turns checks a few times all the same', (t) => {
  const made = create();
  const one = wait(made);
  for (let turns = 0; turns < 11; turns++) made.turn(50);
  t.is(one.ending, 'waits');
  one.free = true;
  made.turn(50);
  t.is(one.ending, 'placed');
});

test('a session is refused at once if too many wait, and may wait again once others have gone', (t) => {
  const made = create();
  const crowd = Array.from({ length: 70 }, () => wait(made));
  t.is(crowd.filter(({ ending }) => ending === 'refused').length, 6);
  t.is(made.places.size, 64);
  crowd[0]!.free = true;
  made.turn();
  t.is(wait(made).ending, 'waits');
});

test('if there are few places, few may be held by waiting sessions', (t) => {
  const made = create();
  t.deepEqual(
    [16, 16, 16].map((most) => wait(made, most).ending),
    ['waits', 'waits', 'refused'],
  );
  t.is(wait(create(), 1).ending, 'waits');
});
