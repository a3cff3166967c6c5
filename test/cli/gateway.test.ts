import test from 'ava';
import { optionsOf } from '../../src/config/known-options.ts';
import { flagOf } from '../../src/config/option.ts';
import { herald } from './fake-host.ts';

test('the help of gateway says that it is alpha, and has its own options and those of the process', async (t) => {
  const { out } = await herald(['gateway', '--help-all'], { columns: 200 });
  const text = out.replace(/\s+/g, ' ');
  t.regex(out, /^Alpha\. /m);
  t.deepEqual(out.match(/^[A-Z][A-Za-z ]+:$/gm), [
    'Gateway:',
    'Process:',
    'Log:',
    'General:',
    'Values:',
    'Examples:',
  ]);
  for (const scope of ['gateway', 'process'] as const) {
    for (const [key, option] of optionsOf(scope)) {
      t.regex(out, new RegExp(`^  ${flagOf(key)} `, 'm'));
      t.true(text.includes(option.text), key);
    }
  }
  t.regex(out, /--namespaces [^[]*\[required\]/);
  t.regex(out, /--class [^[]*\[default: herald\/edge\]/);
});

test('herald --help says that gateway is alpha', async (t) => {
  t.regex((await herald(['--help'], { columns: 110 })).out, /herald gateway .*\(alpha\)/s);
});

test('a gateway without its required options names all of them, and does not start', async (t) => {
  const { status, err } = await herald(['gateway', '--log-level', 'loud']);
  t.is(status, 2);
  t.deepEqual(err.join('\n').match(/--[a-z-]+(?=: )/g), [
    '--namespaces',
    '--default-present',
    '--publish',
    '--log-level',
  ]);
});

for (const [flag, hint] of [
  ['--listen', 'with gateway, listeners are what the objects of the cluster say'],
  ['--present', 'with gateway it is --default-present, or the annotation herald/present of an object'],
  ['--idle-timeout', 'with gateway it is the annotation herald/idle-timeout of an object'],
] as const) {
  test(`${flag} of gateway is explained: ${hint}`, async (t) => {
    const { err } = await herald(['gateway', flag, '1']);
    t.true(err.join('\n').includes(hint), err.join('\n'));
  });
}
