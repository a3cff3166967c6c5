import test from 'ava';
import { createJournal } from '../../src/discovery/journal.ts';
import { turnedClock } from '../helpers/turned-clock.ts';

function open() {
  const clock = turnedClock();
  const journal = createJournal(clock);
  const told: string[] = [];
  journal.open({ changed: () => told.push('changed'), remark: ({ message }) => told.push(message) });
  const say = (message: string, code = 'a') => journal.say({ level: 'warn', code, message });
  return { clock, journal, told, say };
}

test('a remark is reported once, until it changes or is over', (t) => {
  const { journal, told, say } = open();
  say('one');
  say('one');
  say('one', 'b');
  say('two');
  t.true(journal.over('a'));
  t.false(journal.over('a'));
  say('two');
  t.deepEqual(told, ['one', 'one', 'two', 'two']);
});

test('errors are counted by their code, and a sign of life is dated in seconds', (t) => {
  const { clock, journal } = open();
  t.is(journal.health.lastEventAt, null);
  journal.count('a');
  journal.count('a');
  journal.count('b');
  clock.advance(1500);
  journal.alive();
  t.deepEqual(
    [...journal.health.errors],
    [
      ['a', 2],
      ['b', 1],
    ],
  );
  t.is(journal.health.lastEventAt, 1_700_000_001.5);
});

test('after it was closed nothing is reported', (t) => {
  const { journal, told, say } = open();
  journal.close();
  say('one');
  journal.changed();
  t.deepEqual(told, []);
});
