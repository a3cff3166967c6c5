import type { TestFn } from 'ava';
import { formatHeader } from '../../src/wire/format-header.ts';
import { sourceOf } from '../../src/wire/header-address.ts';
import { type CreateEngine, cidrs, TRUSTED } from '../helpers/engine-harness.ts';
import { NONE, readHeader, sessionRows } from './session-rows.ts';

const SOURCE = { address: '203.0.113.7', port: 51234 };
const DESTINATION = { address: '198.51.100.9', port: 443 };
const V1 = formatHeader({ version: 1, command: 'PROXY', source: SOURCE, destination: DESTINATION });

/** Clients that come without a header, and silence where a header is optional. */
export function headerlessSuite(test: TestFn, engine: string, create: CreateEngine): void {
  const row = sessionRows(test, engine, create);

  row(
    'a headerless client may not begin with a header where none of ours comes before it',
    NONE,
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      const served = await endpoint.accept();
      client.write(V1);
      t.is((await harness.record()).reason, 'plain_header');
      t.is(await client.ending, 'reset');
      t.is((await served.readToEnd()).length, 0);
    },
  );

  row(
    'an optional header may be left out: other bytes go on at once',
    { admission: { ...TRUSTED, proxyHeader: 'optional' }, ...NONE },
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      client.end('GET /');
      const served = await endpoint.accept();
      t.is((await served.readToEnd()).toString(), 'GET /');
      served.end();
      t.like(await harness.record(), { header: 0, reason: 'client_closed' });
    },
  );

  row(
    'if a header is optional, a client that is silent until the deadline is headerless',
    { admission: { ...TRUSTED, proxyHeader: 'optional', headerTimeoutMs: 40 }, ...NONE },
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      const served = await endpoint.accept();
      served.write('hello');
      t.is(await client.readText(5), 'hello');
    },
  );

  row(
    'a header that comes after that silence is refused',
    { admission: { ...TRUSTED, proxyHeader: 'optional', headerTimeoutMs: 40 }, ...NONE },
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      const served = await endpoint.accept();
      client.write(V1);
      t.is((await harness.record()).reason, 'plain_header');
      t.is((await served.readToEnd()).length, 0);
    },
  );

  row(
    'the endpoint may speak first to a headerless client whose bytes are held',
    NONE,
    async (t, harness, endpoint) => {
      const client = await harness.connect({ noDelay: true });
      client.write('PRO');
      const served = await endpoint.accept();
      served.write('220');
      t.is(await client.readText(3), '220');
      t.is(served.received.length, 0);
      client.write('BE');
      t.is(await served.readText(5), 'PROBE');
    },
  );

  row(
    'a headerless client that ends after a few such bytes loses none',
    NONE,
    async (t, harness, endpoint) => {
      (await harness.connect()).end('PROX');
      t.is((await (await endpoint.accept()).readToEnd()).toString(), 'PROX');
    },
  );

  row(
    'a peer in the headerless list needs no header',
    { admission: { acceptProxy: 'any', trust: cidrs('192.0.2.1'), headerless: cidrs('127.0.0.0/8') } },
    async (t, harness, endpoint) => {
      await harness.connect({ localAddress: '127.0.0.4' });
      t.like(sourceOf(await readHeader(await endpoint.accept())), { address: '127.0.0.4' });
    },
  );
}
