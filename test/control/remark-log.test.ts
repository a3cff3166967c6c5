import test from 'ava';
import { createRemarkLog } from '../../src/control/remark-log.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';

function create() {
  const log = createMemoryLog();
  const clock = createManualClock();
  const remarks = createRemarkLog(log, clock);
  const add = (code: string, source = 'k8s:a', level: 'debug' | 'info' | 'warn' = 'warn') =>
    remarks.add(source, { level, code, message: `${code} happened` });
  const lines = (level: string) => log.lines.filter((line) => line.level === level);
  return { remarks, clock, add, lines };
}

test('a remark that repeats itself is told once, and then for those who debug', (t) => {
  const { add, lines } = create();
  for (let time = 0; time < 3; time++) add('away');
  t.deepEqual(
    lines('warn').map(({ fields, message }) => [fields, message]),
    [[{ source: 'k8s:a', code: 'away' }, 'away happened']],
  );
  t.is(lines('debug').length, 2);
});

test('a remark of another code is told, and then the first one again', (t) => {
  const { add, lines } = create();
  for (const code of ['away', 'back', 'away']) add(code);
  t.is(lines('warn').length, 3);
});

test('a remark of the same code that says something else is told', (t) => {
  const { remarks, lines } = create();
  for (const namespace of ['shop', 'shop', 'other'])
    remarks.add('kubernetes', {
      level: 'warn',
      code: 'services_by_name',
      message: `no right in ${namespace}`,
    });
  t.deepEqual(
    lines('warn').map(({ message }) => message),
    ['no right in shop', 'no right in other'],
  );
});

test('what one source says does not hide what another one does', (t) => {
  const { add, lines } = create();
  add('away', 'k8s:a');
  add('away', 'k8s:b');
  t.is(lines('warn').length, 2);
});

test('a word for those who debug is no change of code', (t) => {
  const { add, lines } = create();
  add('away');
  add('detail', 'k8s:a', 'debug');
  add('away');
  t.is(lines('warn').length, 1);
});

test('codes that take turns are limited in rate, and what was held back is summed up', (t) => {
  const { add, lines, clock } = create();
  for (let time = 0; time < 100; time++) add(time % 2 === 0 ? 'away' : 'back');
  t.is(lines('warn').length, 20);
  clock.advance(10_000);
  t.deepEqual(
    lines('info').map(({ fields }) => fields),
    [{ source: 'k8s:a', held: 80, ms: 10_000 }],
  );
});
