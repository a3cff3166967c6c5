import test from 'ava';
import { configFromValue } from '../../src/config/config-from-value.ts';
import type { HeraldConfig, HeraldListener } from '../../src/config/herald-config.ts';
import { linesOf } from './problems-of.ts';

// The compiler is the test here: it refuses a row that compiles and is said not to. What compiles is also read, so
// that types and tables say the same.

const LEAST = { listen: ':1', to: '10.0.0.1:80' } as const;

/** Configurations that compile, and are right. */
const RIGHT: readonly HeraldConfig[] = [
  { listeners: [LEAST] },
  { $schema: './herald.schema.json', version: 1, listeners: [LEAST] },
  { listeners: [{ listen: '127.0.0.1:0', to: ['10.0.0.1:80', 'unix:/run/app.sock'] }] },
  {
    listeners: [
      { ...LEAST, acceptProxy: 'any', trust: ['10.0.0.0/8'], headerTimeout: '5s', maxHeader: '64KiB' },
    ],
  },
  { listeners: [{ ...LEAST, idleTimeout: 0, connectTimeout: '0', keepalive: '1m', maxSessionAge: '24h' }] },
  { listeners: [{ ...LEAST, crc32c: true, uniqueId: false, tlv: ['0xE5=text:edge-1'] }] },
  { listeners: [{ ...LEAST, affinity: 'client-ip:10m', probe: 'tcp:500ms', ejectMax: '50%' }] },
  { listeners: [{ ...LEAST, affinity: false, probe: false, tlv: false, present: false }] },
  { listeners: [{ ...LEAST, maxSessions: 8000, maxSessionsPerClient: 'none', overLimit: 'refuse' }] },
  { listeners: [{ listen: ':1', to: 'k8s:shop/web:https', family: 4, trafficPolicy: 'PreferLocal' }] },
  { metrics: '127.0.0.1:0', admin: false, drainTimeout: '1m', logTlvs: ['AUTHORITY'], listeners: [LEAST] },
  { engine: 'net', threads: 2, logLevel: 'warn', accessLog: false, zone: undefined, listeners: [LEAST] },
];

test('what the types allow is a configuration', (t) => {
  for (const config of RIGHT) {
    const lines = linesOf(() => configFromValue({ version: 1, ...config }, {}));
    t.deepEqual(lines, [], JSON.stringify(config));
  }
});

/** Listeners that do not compile: each is wrong at run time as well. */
const WRONG_LISTENERS: readonly HeraldListener[] = [
  // @ts-expect-error `to` is missing
  { listen: ':1' },
  // @ts-expect-error `listen` is missing
  { to: '10.0.0.1:80' },
  // @ts-expect-error a key that does not exist
  { ...LEAST, headerTimout: '5s' },
  // @ts-expect-error an option of the process
  { ...LEAST, metrics: ':9464' },
  // @ts-expect-error a duration without its unit
  { ...LEAST, headerTimeout: 5000 },
  // @ts-expect-error the same as text
  { ...LEAST, headerTimeout: '5000' },
  // @ts-expect-error a unit that does not exist
  { ...LEAST, idleTimeout: '5sec' },
  // @ts-expect-error 0 turns nothing off here
  { ...LEAST, ejectFor: 0 },
  // @ts-expect-error a size without its unit
  { ...LEAST, maxHeader: 4096 },
  // @ts-expect-error a unit of sizes that does not exist
  { ...LEAST, maxHeader: '4kb' },
  // @ts-expect-error a word that does not exist
  { ...LEAST, present: 'v3' },
  // @ts-expect-error a word of another option
  { ...LEAST, overLimit: 'keep' },
  // @ts-expect-error no list of addresses
  { ...LEAST, trust: [10] },
  // @ts-expect-error `true` for a list
  { ...LEAST, trust: true },
  // @ts-expect-error a number as text
  { ...LEAST, attempts: '3' },
  // @ts-expect-error a switch as text
  { ...LEAST, crc32c: 'true' },
  // @ts-expect-error a share without its sign
  { ...LEAST, ejectMax: 0.5 },
  // @ts-expect-error a family that does not exist
  { ...LEAST, family: 5 },
  // @ts-expect-error a duration without its unit behind the word
  { ...LEAST, affinity: 'client-ip:10' },
  // @ts-expect-error a port without an address is a text with a colon
  { ...LEAST, listen: 443 },
];

/** The same of what stands outside of listeners. */
const WRONG: readonly HeraldConfig[] = [
  // @ts-expect-error no listeners
  {},
  // @ts-expect-error one listener that is no list
  { listeners: LEAST },
  // @ts-expect-error a version that does not exist
  { version: 2, listeners: [LEAST] },
  // @ts-expect-error a key that does not exist
  { metric: ':9464', listeners: [LEAST] },
  // @ts-expect-error an option of listeners
  { acceptProxy: 'any', listeners: [LEAST] },
  // @ts-expect-error there is no file to watch
  { watchConfig: true, listeners: [LEAST] },
  // @ts-expect-error `true` is no address
  { metrics: true, listeners: [LEAST] },
  // @ts-expect-error a duration without its unit
  { drainTimeout: 8, listeners: [LEAST] },
  // @ts-expect-error a level that does not exist
  { logLevel: 'trace', listeners: [LEAST] },
  // @ts-expect-error a number as text
  { threads: '2', listeners: [LEAST] },
];

test('what does not compile is refused at run time too', (t) => {
  t.true(WRONG_LISTENERS.length > 10 && WRONG.length > 5);
  for (const config of [...WRONG, ...WRONG_LISTENERS.map((listener) => ({ listeners: [listener] }))]) {
    t.not(linesOf(() => configFromValue({ version: 1, ...config }, {})).length, 0, JSON.stringify(config));
  }
});
