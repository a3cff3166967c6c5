import test from 'ava';
import { overrideMethod } from '../../src/accept/override-method.ts';

class Bell {
  readonly tone = 'ding';
  ring(times: number): string {
    return this.tone.repeat(times);
  }
}

test('the override is called in the place of the method, and can call it', (t) => {
  const bell = new Bell();
  const { original } = overrideMethod(bell, 'ring', (before, args) => `${before(...args)}!`);
  t.is(bell.ring(2), 'dingding!');
  t.is(original(1), 'ding');
  t.deepEqual(Object.keys(bell), ['tone']);
});

test('restored, the object is as it was', (t) => {
  const bell = new Bell();
  overrideMethod(bell, 'ring', () => 'dong').restore();
  t.false(Object.hasOwn(bell, 'ring'));
  const own = () => 'own';
  bell.ring = own;
  overrideMethod(bell, 'ring', () => 'dong').restore();
  t.is(bell.ring, own);
});

test('below another override it becomes inactive', (t) => {
  const bell = new Bell();
  const first = overrideMethod(bell, 'ring', () => 'dong');
  const second = overrideMethod(bell, 'ring', (before, args) => `<${before(...args)}>`);
  first.restore();
  t.is(bell.ring(1), '<ding>');
  second.restore();
  t.is(bell.ring(1), 'ding');
});
