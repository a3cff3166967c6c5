import type { TestFn } from 'ava';
import { formatHeader } from '../../src/wire/format-header.ts';
import { sourceOf } from '../../src/wire/header-address.ts';
import { type CreateEngine, TRUSTED } from '../helpers/engine-harness.ts';
import { NONE, readHeader, sessionRows } from './session-rows.ts';

const SOURCE = { address: '203.0.113.7', port: 51234 };
const DESTINATION = { address: '198.51.100.9', port: 443 };
const V2 = formatHeader({ version: 2, command: 'PROXY', source: SOURCE, destination: DESTINATION });
const V1 = formatHeader({ version: 1, command: 'PROXY', source: SOURCE, destination: DESTINATION });
const LOCAL = formatHeader({ version: 2, command: 'LOCAL' });

/** Announcing, admitting and refusing: the rules of headers, seen through an engine. */
export function headerSuite(test: TestFn, engine: string, create: CreateEngine): void {
  const row = sessionRows(test, engine, create);

  row(
    'a client is announced by v2, its first bytes in the same segment',
    {},
    async (t, harness, endpoint) => {
      let chunks: readonly number[] = [];
      // Bytes that are not there yet when the endpoint accepts are not waited for: they come behind the header.
      for (let attempt = 0; attempt < 50 && chunks[0] !== 33; attempt++) {
        const client = await harness.connect({ localAddress: '127.0.0.9' });
        client.write('hello');
        const served = await endpoint.accept();
        await served.read(28 + 5);
        chunks = served.chunks;
        if (chunks.length > 1) t.deepEqual(chunks, [28, 5]);
        client.destroy();
      }
      t.deepEqual(chunks, [33]);
    },
  );

  row('the header names the client and where it connected to', {}, async (t, harness, endpoint) => {
    const client = await harness.connect({ localAddress: '127.0.0.9' });
    const seen = await readHeader(await endpoint.accept());
    t.deepEqual(sourceOf(seen), { address: '127.0.0.9', port: client.socket.localPort! });
    t.is(seen.destinationPort, client.socket.remotePort!);
  });

  row(
    'an endpoint that speaks first gets its header while the client is silent',
    {},
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      const served = await endpoint.accept();
      await readHeader(served);
      served.write('220 ready\r\n');
      t.is(await client.readText(11), '220 ready\r\n');
    },
  );

  row('v1 is announced as a line', { presentation: { form: 'v1' } }, async (t, harness, endpoint) => {
    const client = await harness.connect({ localAddress: '127.0.0.3' });
    const { localPort, remotePort } = client.socket;
    const line = `PROXY TCP4 127.0.0.3 127.0.0.1 ${localPort} ${remotePort}\r\n`;
    t.is(await (await endpoint.accept()).readText(line.length), line);
  });

  row('none adds nothing', NONE, async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.end('GET');
    t.is((await (await endpoint.accept()).readToEnd()).toString(), 'GET');
  });

  for (const [version, bytes] of [['v1', V1] as const, ['v2', V2] as const]) {
    row(
      `a ${version} header cut at every byte is taken off as a whole one is`,
      { admission: TRUSTED, ...NONE },
      async (t, harness, endpoint) => {
        const whole = Buffer.concat([bytes, Buffer.from('payload')]);
        t.plan((whole.length - 1) * 3);
        for (let cut = 1; cut < whole.length; cut++) {
          const client = await harness.connect({ noDelay: true });
          client.write(whole.subarray(0, cut));
          // The first piece has been read before the second is sent.
          while (harness.engine.threads === 0 && harness.active === 0) await new Promise(setImmediate);
          client.end(whole.subarray(cut));
          const served = await endpoint.accept();
          t.is((await served.readToEnd()).toString(), 'payload');
          served.end();
          const record = await harness.record();
          t.is(record.client, '203.0.113.7:51234');
          t.is(record.header, version === 'v1' ? 1 : 2);
        }
      },
    );
  }

  row(
    'a header that drips byte by byte is taken off',
    { admission: TRUSTED, ...NONE },
    async (t, harness, endpoint) => {
      const client = await harness.connect({ noDelay: true });
      for (const byte of V2) {
        client.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      client.end('payload');
      t.is((await (await endpoint.accept()).readToEnd()).toString(), 'payload');
    },
  );

  row(
    'a client that came by a header goes on by a header',
    { admission: TRUSTED },
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      client.write(V1);
      t.deepEqual(sourceOf(await readHeader(await endpoint.accept())), SOURCE);
    },
  );

  row('LOCAL in is LOCAL out, and names no client', { admission: TRUSTED }, async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(LOCAL);
    t.like(await readHeader(await endpoint.accept()), { command: 'LOCAL', addressAt: -1 });
    client.reset();
    t.regex((await harness.record()).client ?? '', /^127\.0\.0\.1:/);
  });

  row('a second header is payload', { admission: TRUSTED, ...NONE }, async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.end(Buffer.concat([V2, V1]));
    t.deepEqual(await (await endpoint.accept()).readToEnd(), Buffer.from(V1));
  });

  row(
    'TLVs pass, are added and sealed',
    {
      admission: TRUSTED,
      presentation: {
        pass: 'all',
        add: [{ type: 0xe4, value: Buffer.from('edge-1') }],
        crc32c: true,
        uniqueId: true,
      },
    },
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      client.write(
        formatHeader({
          version: 2,
          command: 'PROXY',
          source: SOURCE,
          destination: DESTINATION,
          tlvs: [{ type: 0xea, value: Buffer.from('x') }],
        }),
      );
      const seen = await readHeader(await endpoint.accept());
      const tlvs = Buffer.from(seen.bytes.subarray(seen.tlvAt, seen.tlvEnd)).toString('latin1');
      t.regex(tlvs.replace(/[^\w-]+/g, ' '), /^ x edge-1 test0?-1 /);
      client.reset();
      t.regex((await harness.record()).session, /^test0?-1$/);
    },
  );

  row(
    'a TLV that is added takes the place of those of its type that came',
    {
      admission: TRUSTED,
      presentation: { pass: [0xd3, 0xea], add: [{ type: 0xd3, value: Buffer.from([9]) }] },
    },
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      const tlvs = [
        { type: 0xd3, value: Buffer.from([1]) },
        { type: 0xea, value: Buffer.from('x') },
        { type: 0xd3, value: Buffer.from([2]) },
      ];
      client.write(
        formatHeader({ version: 2, command: 'PROXY', source: SOURCE, destination: DESTINATION, tlvs }),
      );
      const seen = await readHeader(await endpoint.accept());
      t.is(Buffer.from(seen.bytes.subarray(seen.tlvAt, seen.tlvEnd)).toString('hex'), 'ea000178d3000109');
    },
  );

  row(
    'an IPv6 client of an IPv6 listener is announced as such',
    {
      listen: { kind: 'tcp', ip: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), port: 0 },
    },
    async (t, harness, endpoint) => {
      await harness.connect();
      t.like(sourceOf(await readHeader(await endpoint.accept())), { address: '::1' });
    },
  );

  row(
    'an IPv4 client of a dual-stack listener is IPv4',
    { listen: { kind: 'tcp', ip: null, port: 0 } },
    async (t, harness, endpoint) => {
      await harness.connect();
      t.like(sourceOf(await readHeader(await endpoint.accept())), { address: '127.0.0.1' });
    },
  );
}
