import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { RequestWriter, writeHeader } from '../../src/load/request-writer.ts';
import { destinationOf, parseHeader, sourceOf } from '../../src/wire/index.ts';
import { planWith } from './sample-plan.ts';

const client = (text: string, port: number) => ({ ip: parseIp(text)!, port });

const PAIRS = [
  ['192.0.2.1', '198.51.100.9', '192.0.2.1', '198.51.100.9'],
  ['2001:db8::1', '2001:db8::2', '2001:db8::1', '2001:db8::2'],
  ['192.0.2.1', '2001:db8::2', '::ffff:c000:201', '2001:db8::2'],
  ['2001:db8::1', '127.0.0.1', '2001:db8::1', '::ffff:7f00:1'],
] as const;

for (const version of ['v1', 'v2'] as const) {
  for (const [source, destination, ...seen] of PAIRS) {
    test(`${version} from ${source} to ${destination} is a whole header of one family, as our own codec reads it`, (t) => {
      const bytes = writeHeader(version, client(source, 56_324), client(destination, 443));
      const result = parseHeader(bytes);
      if (result.status !== 'header') return t.fail(JSON.stringify(result));
      t.is(result.length, bytes.length);
      t.is(`v${result.header.version}`, version);
      t.like(sourceOf(result.header), { port: 56_324 });
      t.like(destinationOf(result.header), { port: 443 });
      const text = [sourceOf(result.header), destinationOf(result.header)].map(
        (each) => (each as { address: string }).address,
      );
      t.deepEqual(
        text.map((each) => [...parseIp(each)!]),
        seen.map((each) => [...parseIp(each)!].slice(-parseIp(text[0]!)!.length)),
      );
    });
  }
}

const OUTPUT = Buffer.alloc(256);
const writerOf = (parts: Parameters<typeof planWith>[0]) => {
  const plan = planWith({ port: 80, ...parts });
  return new RequestWriter(plan, plan.endpoints[0]!, OUTPUT);
};

test('a request follows the header of its client, and stands alone on a kept connection', (t) => {
  const writer = writerOf({ work: 'http', send: 'v1' });
  const request =
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\nUser-Agent: herald-load\r\nConnection: close\r\n\r\n';
  const header = 'PROXY TCP4 192.0.2.1 127.0.0.1 1024 80\r\n';
  const both = () =>
    OUTPUT.toString('latin1', 0, writer.putRequest(writer.putHeader(client('192.0.2.1', 1024))));
  t.is(both(), header + request);
  for (let again = 0; again < 2; again++)
    t.is(OUTPUT.toString('latin1', 0, writer.putRequest(0)), request, String(again));
  t.is(both(), header + request);
});

test('without a client, or where none is sent, there is no header', (t) => {
  t.is(writerOf({ send: 'v2' }).putHeader(null), 0);
  t.is(writerOf({ send: 'none' }).putHeader(client('192.0.2.1', 1024)), 0);
});

test('a ping is as long as its payload, and work without requests sends none', (t) => {
  t.is(writerOf({ work: 'ping', payloadBytes: 5 }).putRequest(0), 5);
  t.is(OUTPUT.toString('latin1', 0, 5), '.....');
  t.is(writerOf({ work: 'connect' }).putRequest(0), 0);
});
