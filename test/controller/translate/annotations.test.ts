import test from 'ava';
import fc from 'fast-check';
import { ANNOTATIONS } from '../../../src/config/annotation-names.ts';
import { ConfigError } from '../../../src/config/config-error.ts';
import { flagOf } from '../../../src/config/option.ts';
import { type AnnotationScope, readAnnotations } from '../../../src/controller/translate/annotations.ts';
import { LEAST, readFlags } from '../../config/read-flags.ts';
import { OPTIONS } from '../golden-world.ts';

function read(
  annotations: { readonly [name: string]: string },
  scopes: readonly AnnotationScope[] = ['client', 'listener'],
  allowAnnotations: readonly string[] = ANNOTATIONS,
) {
  const options = { ...OPTIONS, allowAnnotations };
  return readAnnotations({ namespace: 'shop', annotations }, scopes, options, { present: 'none' });
}

function messages(...of: Parameters<typeof read>): string[] {
  return read(...of).remarks.map(({ message }) => message);
}

/** What `herald edge` prints for a flag. */
function lineOfFlag(key: string, text: string): string {
  try {
    readFlags('edge', { ...LEAST.edge, [key]: text });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  return '';
}

test('a wrong annotation is said with exactly the line that the command line prints for its flag', (t) => {
  const wrong = {
    present: ['v3', 'V1', ''],
    crc32c: ['yes', ''],
    balance: ['roundrobin', 'x'.repeat(200)],
    'idle-timeout': ['10', '-1s', 'soon'],
    'max-sessions': ['0', '1e3', 'many'],
    probe: ['http', 'tcp:1ms'],
    'accept-proxy': ['v3'],
  };
  for (const [name, texts] of Object.entries(wrong)) {
    const key = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    for (const text of texts) {
      const [line, ...more] = messages({ [`herald/${name}`]: text });
      t.deepEqual(more, [], name);
      t.true(line?.startsWith(`${flagOf(key)}: `), line);
      t.is(line, lineOfFlag(key, text));
    }
  }
  // Options that need another one are said as the flag alone would be.
  t.deepEqual(messages({ 'herald/accept-proxy': 'any' }), [lineOfFlag('acceptProxy', 'any')]);
  t.deepEqual(messages({ 'herald/headerless': '10.0.0.0/8' }), [lineOfFlag('headerless', '10.0.0.0/8')]);
});

test('what is right counts beside what is wrong, and nothing of other prefixes is read', (t) => {
  const { settings, own, remarks } = read({
    'herald/present': 'v2',
    'herald/idle-timeout': 'x',
    'example.com/present': 'v1',
  });
  t.deepEqual(settings, { present: 'v2' });
  t.deepEqual([...own], ['present']);
  t.is(remarks.length, 1);
  t.deepEqual(read({ 'example.com/present': 'v1' }), {
    settings: { present: 'none' },
    own: new Set(),
    remarks: [],
  });
});

test('what needs a thread of its own, or lets a header choose the endpoint, is not offered', (t) => {
  for (const [name, value] of [
    ['present', 'forwarded'],
    ['balance', 'named'],
  ]) {
    const { settings, own, remarks } = read({ [`herald/${name}`]: value! });
    t.deepEqual(settings, { present: 'none' });
    t.is(own.size, 0);
    t.regex(remarks[0]!.message, new RegExp(`^--${name}: ${value} is not offered`));
  }
});

test('an annotation that belongs elsewhere is told where', (t) => {
  t.deepEqual(messages({ 'herald/trust': '10.0.0.0/8' }, ['client']), [
    'herald/trust has no effect here: it belongs on a Service of the class, or on the Gateway',
  ]);
  t.deepEqual(messages({ 'herald/present': 'v1' }, ['listener']), [
    'herald/present has no effect here: it belongs on a route, or the Service behind it',
  ]);
});

test('G11: who may speak for a client is the operator’s decision', (t) => {
  const annotations = { 'herald/accept-proxy': 'v2', 'herald/trust': '0.0.0.0/0' };
  const { settings, remarks } = read(annotations, ['listener'], OPTIONS.allowAnnotations);
  t.deepEqual(settings, { present: 'none' });
  t.deepEqual(
    remarks.map(({ reason }) => reason),
    ['AnnotationNotAllowed'],
  );
  t.deepEqual(read(annotations, ['listener']).settings, {
    present: 'none',
    acceptProxy: 'v2',
    trust: '0.0.0.0/0',
  });
});

test('a Service without a namespace is one of the object’s own namespace', (t) => {
  const trust = 'k8s:lb,10.0.0.0/8, k8s:edge/herald,k8s:other:80,dns:k8s.example';
  const { settings, remarks } = read({ 'herald/accept-proxy': 'v2', 'herald/trust': trust });
  t.deepEqual(remarks, []);
  t.is(settings.trust, 'k8s:shop/lb,10.0.0.0/8, k8s:edge/herald,k8s:shop/other:80,dns:k8s.example');
});

test('whoever writes an object cannot make more than 16 remarks, or long ones', (t) => {
  const annotations = Object.fromEntries(
    Array.from({ length: 1000 }, (_, at) => [`herald/${at}${'x'.repeat(300)}\u001b`, 'x']),
  );
  const { remarks } = read(annotations);
  t.is(remarks.length, 16);
  for (const { message } of remarks) {
    t.true(message.length < 300);
    t.notRegex(message, /[\p{Cc}]/u);
  }
});

test('any annotations are read without an exception, and what remains of them is right', (t) => {
  const names = fc.constantFrom(...ANNOTATIONS, 'unknown', '', '__proto__', 'constructor', 'toString');
  const values = fc.oneof(
    fc.constantFrom(
      'none',
      'v1',
      'v2',
      'any',
      'true',
      'false',
      '10m',
      '5',
      'tcp',
      '10.0.0.0/8',
      'unix',
      'k8s:a',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(names, values)), (entries) => {
      const annotations = Object.fromEntries(entries.map(([name, value]) => [`herald/${name}`, value]));
      const { settings } = read(annotations);
      // Read once more, nothing is left to be said.
      const { remarks } = read(
        Object.fromEntries(
          Object.entries(settings).map(([key, text]) => [`herald/${flagOf(key).slice(2)}`, text]),
        ),
      );
      t.deepEqual(remarks, []);
    }),
  );
});
