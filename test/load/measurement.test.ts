import test from 'ava';
import { Measurement } from '../../src/load/measurement.ts';
import { COUNT, failureAt, Samples } from '../../src/load/samples.ts';

const create = (isHeld = false) =>
  new Measurement({ samples: new Samples(), fromUs: 100, toUs: 200, isHeld });

test('an arrival counts if it was due within the measurement, however late its answer comes', (t) => {
  const measurement = create();
  for (const due of [99, 100, 199, 200]) {
    measurement.answered(due);
    measurement.verified(due, 'wrong');
    measurement.failed(due, 'ended');
  }
  const { counts } = measurement.samples.flush();
  t.deepEqual([counts[COUNT.goodAnswers], counts[COUNT.wrongClients], counts[failureAt('ended')]], [2, 2, 2]);
});

test('bytes and connections count if they happen within it', (t) => {
  const measurement = create();
  for (const now of [99, 100, 199, 200]) {
    measurement.connected(now);
    measurement.count(COUNT.sentBytes, now, 10);
  }
  const { counts } = measurement.samples.flush();
  t.deepEqual([counts[COUNT.connections], counts[COUNT.sentBytes]], [2, 20]);
  t.true(measurement.reached);
});

test('the failures of held connections count whenever they were due; refused ones are known in any case', (t) => {
  const [held, other] = [create(true), create()];
  for (const measurement of [held, other]) measurement.failed(0, 'connect_refused');
  t.is(held.samples.flush().counts[failureAt('connect_refused')], 1);
  t.is(other.samples.flush().counts[failureAt('connect_refused')], 0);
  t.deepEqual([held.refused, other.refused], [1, 1]);
  t.false(held.reached);
});

test('it can end earlier than planned, and no later', (t) => {
  const measurement = create();
  measurement.end(150);
  measurement.end(180);
  t.deepEqual([measurement.includes(149), measurement.includes(150)], [true, false]);
  t.deepEqual([measurement.hasEnded(149), measurement.hasEnded(150)], [false, true]);
});
