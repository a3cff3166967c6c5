import type { ExecutionContext, TestFn } from 'ava';
import type { SessionRecord } from '../../src/plan/observer.ts';
import { formatHeader } from '../../src/wire/format-header.ts';
import type { Connection } from '../helpers/connection.ts';
import {
  type CreateEngine,
  cidrs,
  EngineHarness,
  endpointAt,
  type PlanParts,
  runner,
  TRUSTED,
} from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

const SOURCE = { address: '203.0.113.7', port: 51234 };
const DESTINATION = { address: '198.51.100.9', port: 443 };
const V2 = formatHeader({ version: 2, command: 'PROXY', source: SOURCE, destination: DESTINATION });
const V1 = formatHeader({ version: 1, command: 'PROXY', source: SOURCE, destination: DESTINATION });

/** Who is turned away before any endpoint is asked: the same in every engine, whatever it presents (`always`). */
export function admissionSuite(
  test: TestFn,
  engine: string,
  create: CreateEngine,
  always: PlanParts = {},
): void {
  const row = (
    title: string,
    plan: PlanParts,
    play: (t: ExecutionContext, harness: EngineHarness, endpoint: ScriptedEndpoint) => Promise<void>,
  ) =>
    runner(test, plan)(`${engine}: ${title}`, async (t) => {
      const endpoint = await ScriptedEndpoint.start();
      const harness = await EngineHarness.start(create, {
        endpoints: [endpointAt(endpoint.port)],
        ...always,
        ...plan,
      });
      try {
        await play(t, harness, endpoint);
      } finally {
        await harness.stop();
        await endpoint.stop();
      }
    });

  /** A client that has to be turned away: by reset, with no byte from and no connection to the endpoint. */
  const refused = (
    title: string,
    plan: PlanParts,
    send: (client: Connection) => void,
    expected: Partial<SessionRecord>,
  ) =>
    row(title, plan, async (t, harness, endpoint) => {
      const client = await harness.connect();
      send(client);
      const record = await harness.record();
      t.like(record, expected);
      await client.closed;
      t.is(client.received.length, 0);
      t.is(endpoint.count, 0);
      t.is(harness.active, 0);
      if (!client.socket.writableEnded) t.is(await client.ending, 'reset');
    });

  refused(
    'a peer in neither list is reset',
    { admission: { acceptProxy: 'any', trust: cidrs('192.0.2.0/24') } },
    (client) => client.write(V2),
    { reason: 'untrusted', header: 0 },
  );
  refused(
    'bytes that begin no header are refused at once',
    { admission: TRUSTED },
    (client) => client.write('GET / HTTP/1.1\r\n'),
    { reason: 'header_absent' },
  );
  refused(
    'a malformed header is refused under its code',
    { admission: TRUSTED },
    (client) => client.write('PROXY TCP4 256.0.2.1 192.0.2.2 1 2\r\n'),
    { reason: 'header_invalid', detail: 'v1_address' },
  );
  refused(
    'a word that only begins with UNKNOWN is refused before its line ends',
    { admission: TRUSTED },
    (client) => client.write('PROXY UNKNOWNTCP4 192.0.2.1'),
    { reason: 'header_invalid', detail: 'v1_protocol' },
  );
  refused(
    'a header of another version is refused',
    { admission: { ...TRUSTED, acceptProxy: 'v2' } },
    (client) => client.write(V1),
    { reason: 'header_not_expected' },
  );
  refused(
    'a header of another version is refused if a header is optional, too',
    { admission: { ...TRUSTED, acceptProxy: 'v1', proxyHeader: 'optional' } },
    (client) => client.write(V2),
    { reason: 'header_not_expected' },
  );
  refused(
    'a header over the cap is refused before its block comes',
    { admission: { ...TRUSTED, maxHeaderBytes: 64 } },
    (client) => client.write(Buffer.from('0d0a0d0a000d0a515549540a21110100', 'hex')),
    { reason: 'header_too_large' },
  );
  refused(
    'a stream that ends in the header is refused',
    { admission: TRUSTED },
    (client) => client.end(V2.subarray(0, 20)),
    { reason: 'header_incomplete' },
  );
  refused(
    'a header that is not complete by its deadline is refused',
    { admission: { ...TRUSTED, headerTimeoutMs: 40 } },
    (client) => client.write(V2.subarray(0, 20)),
    { reason: 'header_timeout' },
  );
  refused(
    'a silent peer is refused at the deadline',
    { admission: { ...TRUSTED, headerTimeoutMs: 40 } },
    () => {},
    { reason: 'header_timeout', firstBytes: new Uint8Array(0) },
  );
  row('what a refused client sent is kept, 64 bytes of it', { admission: TRUSTED }, async (t, harness) => {
    const client = await harness.connect();
    client.write('X'.repeat(100));
    t.is(Buffer.from((await harness.record()).firstBytes!).toString(), 'X'.repeat(64));
  });

  row(
    'activity does not extend the deadline of a header',
    { admission: { ...TRUSTED, headerTimeoutMs: 60 } },
    async (t, harness) => {
      const client = await harness.connect({ noDelay: true });
      const drip = setInterval(() => client.write('PROXY UNKNOWN '.slice(0, 1)), 10);
      client.write('PROXY UNKNOWN ');
      const record = await harness.record();
      clearInterval(drip);
      t.is(record.reason, 'header_timeout');
      t.true(record.ms < 1000);
    },
  );

  row(
    'a reset in the middle of a header is an ending of its own',
    { admission: TRUSTED },
    async (t, harness, endpoint) => {
      const client = await harness.connect({ noDelay: true });
      client.write(V2.subarray(0, 20));
      // libuv tells a reset that overtakes unread bytes as an end: they have to be read first.
      while (harness.active === 0) await new Promise(setImmediate);
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
      client.reset();
      t.is((await harness.record()).reason, 'header_reset');
      t.is(endpoint.count, 0);
    },
  );

  for (const how of ['end', 'reset'] as const) {
    row(
      `a probe that connects and closes (${how}) is no error`,
      { admission: TRUSTED },
      async (t, harness, endpoint) => {
        (await harness.connect())[how]();
        t.is((await harness.record()).reason, 'probe');
        t.is(endpoint.count, 0);
      },
    );
  }
}
