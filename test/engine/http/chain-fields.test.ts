import test from 'ava';
import fc from 'fast-check';
import { forwardedOf, xForwardedForOf } from '../../../src/engine/http/chain-fields.ts';

test('addresses of both families, with and without ports, are understood', (t) => {
  t.deepEqual(forwardedOf(['1.2.3.4,1.2.3.4:80', ' [2001:db8::1]:80 , 2001:DB8::1,', '::ffff:1.2.3.4']), [
    'for=1.2.3.4',
    'for=1.2.3.4',
    'for="[2001:db8::1]"',
    'for="[2001:db8::1]"',
    'for=1.2.3.4',
  ]);
});

test('a comma or a semicolon in quotes ends nothing', (t) => {
  t.deepEqual(xForwardedForOf(['host="a, b;for=9.9.9.9";for=1.2.3.4, for="1.2.3.5:1"']), [
    '1.2.3.4',
    '1.2.3.5',
  ]);
});

test('addresses go from one form to the other and back', (t) => {
  const ipv4 = fc.ipV4();
  fc.assert(
    fc.property(fc.array(ipv4, { minLength: 1, maxLength: 8 }), (ips) => {
      t.deepEqual(xForwardedForOf(forwardedOf([ips.join(', ')])), ips);
    }),
  );
});

test('whatever a chain says, nothing throws, and the result is one line', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 4 }), (values) => {
      for (const text of [...forwardedOf(values), ...xForwardedForOf(values)])
        t.regex(text, /^[\w.:="[\]]+$/);
    }),
  );
});

test('a long value costs no more than its length', (t) => {
  const started = performance.now();
  xForwardedForOf([`for="${'\\'.repeat(16_000)}`, `${' '.repeat(16_000)}x`, `x${' '.repeat(16_000)}x`]);
  xForwardedForOf([`${',"'.repeat(8000)}`, 'for='.repeat(4000), `for="${'"'.repeat(16_000)}`]);
  forwardedOf([','.repeat(16_000)]);
  t.true(performance.now() - started < 1000);
});
