import test from 'ava';
import type { SessionRecord } from '../../src/plan/observer.ts';
import { RecordBatch } from '../../src/shared-memory/record-batch.ts';
import { sessionRecord } from '../observe/session-record.ts';

function create() {
  const batches: { records: readonly SessionRecord[]; dropped: number }[] = [];
  const asked = { later: 0 };
  const batch = new RecordBatch(
    { records: (records, dropped) => batches.push({ records, dropped }), fault: () => {} },
    () => {
      asked.later++;
    },
  );
  /** As a session does: a record is made only where there is room. */
  const leave = (count: number) => {
    for (let index = 0; index < count; index++) {
      if (batch.full) batch.drop();
      else batch.add(sessionRecord({ session: `w0-${index}` }));
    }
  };
  return { batch, batches, asked, leave };
}

test('records are handed on together and in their order', (t) => {
  const { batch, batches, leave } = create();
  leave(3);
  t.deepEqual(batches, []);
  batch.flush();
  t.deepEqual(
    batches.map(({ records, dropped }) => [records.map(({ session }) => session), dropped]),
    [[['w0-0', 'w0-1', 'w0-2'], 0]],
  );
});

test('a flush is asked for once for all records that wait, and again for the next ones', (t) => {
  const { batch, asked, leave } = create();
  t.is(asked.later, 0);
  leave(500);
  t.is(asked.later, 1);
  batch.flush();
  leave(2);
  t.is(asked.later, 2);
});

test('a flood fills a batch of 1024 and is only counted from there on', (t) => {
  const { batch, batches, asked, leave } = create();
  leave(5000);
  t.true(batch.full);
  t.is(asked.later, 1);
  batch.flush();
  t.deepEqual(
    batches.map(({ records, dropped }) => [records.length, dropped]),
    [[1024, 5000 - 1024]],
  );
});

test('after a flush there is room again and nothing is counted as dropped', (t) => {
  const { batch, batches, leave } = create();
  leave(2000);
  batch.flush();
  t.false(batch.full);
  leave(1);
  batch.flush();
  t.deepEqual([batches[1]!.records.length, batches[1]!.dropped], [1, 0]);
});

test('a flush with nothing to say calls nobody', (t) => {
  const { batch, batches, leave } = create();
  batch.flush();
  leave(1);
  batch.flush();
  batch.flush();
  t.is(batches.length, 1);
});

test('what was handed on is the observer’s: later records do not join it', (t) => {
  const { batch, batches, leave } = create();
  leave(1);
  batch.flush();
  leave(5);
  t.is(batches[0]!.records.length, 1);
});
