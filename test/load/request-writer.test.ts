import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { writeHeader } from '../../src/load/request-writer.ts';
import { destinationOf, parseHeader, sourceOf } from '../../src/wire/index.ts';

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
