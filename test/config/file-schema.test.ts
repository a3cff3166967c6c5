import test from 'ava';
import { z } from 'zod';
import { fileJsonSchema } from '../../src/config/file-schema.ts';
import { fileOptionsOf, optionsOf } from '../../src/config/known-options.ts';

interface Schema {
  readonly [keyword: string]: unknown;
  readonly properties: { readonly [key: string]: { readonly description?: string; readonly items?: Schema } };
  readonly required: readonly string[];
}

const schema = fileJsonSchema() as Schema;
const listener = schema.properties.listeners?.items as Schema;

test('it is a JSON Schema of draft 2020-12', (t) => {
  t.is(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  t.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
});

test('it has every option with its description, and nothing else', (t) => {
  t.deepEqual(Object.keys(schema.properties).sort(), [
    ...['$schema', 'version', 'listeners', ...optionsOf('process').map(([key]) => key)].sort(),
  ]);
  t.deepEqual(
    Object.keys(listener.properties).sort(),
    fileOptionsOf('listener')
      .map(([key]) => key)
      .sort(),
  );
  for (const [key, { text }] of optionsOf('process')) t.is(schema.properties[key]?.description, text);
  for (const [key, { text }] of fileOptionsOf('listener')) t.is(listener.properties[key]?.description, text);
});

test('it refuses other keys, and asks for what is required', (t) => {
  t.is(schema.additionalProperties, false);
  t.is(listener.additionalProperties, false);
  t.deepEqual([...schema.required].sort(), ['listeners', 'version']);
  t.deepEqual([...listener.required].sort(), ['listen', 'to']);
});

const LISTENER = { listen: ':1', to: '10.0.0.1:80' };
const check = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
const accepts = (process: object, options: object = {}) =>
  check.safeParse({ version: 1, listeners: [{ ...LISTENER, ...options }], ...process }).success;

for (const [title, process, options] of [
  ['the least', {}, {}],
  ['lists and texts', {}, { to: ['10.0.0.1:80'], trust: '10.0.0.0/8,::1', tlv: ['pass'] }],
  ['native values', {}, { crc32c: true, attempts: 2, idleTimeout: 0, maxSessionsPerClient: false }],
  ['none as false', { metrics: false, logTlvs: false, accessLog: false }, { tlv: false, present: false }],
  [
    'what the Linux engine has',
    { threads: 2, watchConfig: true },
    { dialFrom: '10.0.0.9', tcpUserTimeout: 0 },
  ],
  ['none as a word', { metrics: 'none', accessLog: 'none' }, { maxSessionsPerClient: 'none', tlv: 'none' }],
  [
    'units',
    { drainDelay: '5s', drainTimeout: 0 },
    { headerTimeout: '3s', maxHeader: '64KiB', ejectMax: '50%' },
  ],
] as const) {
  test(`it takes ${title}`, (t) => t.true(accepts(process, options)));
}

for (const [title, process, options] of [
  ['another version', { version: 2 }, {}],
  ['no listener', { listeners: [] }, {}],
  ['unknown keys', { foo: 1 }, {}],
  ['unknown keys of a listener', {}, { foo: 1 }],
  ['more threads than there may be', { threads: 65 }, {}],
  ['other choices', {}, { acceptProxy: 'v3' }],
  ['a duration without its unit', {}, { headerTimeout: '3' }],
  ['a duration that can not be off', {}, { headerTimeout: 0 }],
  ['a size without its unit', {}, { maxHeader: 4096 }],
  ['a share without percent', {}, { ejectMax: '0.5' }],
  ['numbers in quotes', {}, { attempts: '3' }],
  ['numbers that are too small', {}, { attempts: 0 }],
  ['broken numbers', {}, { attempts: 1.5 }],
  ['switches in quotes', {}, { crc32c: 'true' }],
  ['false where none is no value', {}, { overLimit: false }],
  ['an empty list', {}, { to: [] }],
] as const) {
  test(`it refuses ${title}`, (t) => t.false(accepts(process, options)));
}
