import test from 'ava';
import fc from 'fast-check';
import { formatHeader, parseHeader } from '../../src/wire/index.ts';
import { parseV1 } from '../../src/wire/parse-v1.ts';
import { arbitraryV1 } from './arbitrary-header.ts';
import { referenceHeader } from './reference-parser.ts';

/** Text similar to lines: complete lines with changed characters, cut anywhere. */
const arbitraryStart = fc
  .tuple(
    arbitraryV1,
    fc.array(fc.tuple(fc.noBias(fc.nat(110)), fc.constantFrom(...'0123456789abfF:::... \r\nTCPUNKOWX%-+')), {
      maxLength: 3,
    }),
    fc.noBias(fc.nat(110)),
  )
  .map(([description, changes, cut]) => {
    const line = Buffer.from(formatHeader(description));
    for (const [at, char] of changes) line.write(char, at % line.length, 'latin1');
    return line.toString('latin1', 0, cut);
  });

const ADDRESS_ENDS = [
  ...['', '0', '1', '.0', '0.0', '.0.0', '0.0.0', '.0.0.0', '0.0.0.0', ':', '::', '0::', '::0'],
  ...Array.from({ length: 8 }, (_, i) => `${'0:'.repeat(i)}0`),
  ...Array.from({ length: 8 }, (_, i) => ':0'.repeat(i)),
];
const LINE_ENDS = [' 0.0.0.0 0 0\r\n', ' :: 0 0\r\n', ' 0 0\r\n', ' 0\r\n', '\r\n', '\n'];
const LINES = ['PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n', 'PROXY TCP6 :: :: 0 0\r\n', 'PROXY UNKNOWN\r\n'];

/** Ends for a line, at least one for each state of the parser. */
function* endingsOf(start: string): Generator<string> {
  for (const line of LINES) if (line.startsWith(start)) yield line;
  for (const end of LINE_ENDS) for (const address of ADDRESS_ENDS) yield start + address + end;
}

function isHeader(line: string): boolean {
  return referenceHeader(Buffer.from(line, 'latin1')) !== undefined;
}

test('a line is incomplete exactly as long as something can make it a header', (t) => {
  const seen = { incomplete: 0, invalid: 0, header: 0, absent: 0 };
  fc.assert(
    fc.property(arbitraryStart, (start) => {
      // CR may begin a v2 header.
      if (start.startsWith('\r')) return;
      const result = parseHeader(Buffer.from(start, 'latin1'));
      seen[result.status]++;
      if (result.status === 'header') return;
      const canBecomeOne = [...endingsOf(start)].some(isHeader);
      t.is(result.status === 'incomplete', canBecomeOne, `${JSON.stringify(start)} ${result.status}`);
    }),
    { numRuns: 4000 },
  );
  t.true(seen.incomplete > 500 && seen.invalid > 500, JSON.stringify(seen));
});

test('`at` is the byte that made a line invalid', (t) => {
  fc.assert(
    fc.property(arbitraryStart, (start) => {
      const bytes = Buffer.from(start, 'latin1');
      const result = parseHeader(bytes);
      if (result.status !== 'invalid') return;
      t.is(parseHeader(bytes.subarray(0, result.at)).status, 'incomplete');
      t.deepEqual(parseHeader(bytes.subarray(0, result.at + 1)), result);
    }),
    { numRuns: 4000 },
  );
  t.pass();
});

test('every byte value after a part is judged', (t) => {
  const next = (start: string, byte: number) =>
    parseHeader(Buffer.concat([Buffer.from(start), Buffer.from([byte])]));
  for (const [start, goesOn] of [
    ['PROXY', ' '],
    ['PROXY ', 'TU'],
    ['PROXY TCP', '46'],
    ['PROXY TCP4', ' '],
    ['PROXY TCP4 ', '0123456789'],
    ['PROXY TCP4 1', '0123456789.'],
    ['PROXY TCP4 192.0.2.25', '012345 '],
    ['PROXY TCP6 ', '0123456789abcdefABCDEF:'],
    ['PROXY TCP6 2001:db8::1', '0123456789abcdefABCDEF:. '],
    ['PROXY TCP4 192.0.2.1 192.0.2.1 ', '0123456789'],
    ['PROXY TCP4 192.0.2.1 192.0.2.1 0', ' '],
    ['PROXY TCP4 192.0.2.1 192.0.2.1 6553', '012345 '],
    ['PROXY TCP4 192.0.2.1 192.0.2.1 1 1', '0123456789\r'],
    ['PROXY UNKNOW', 'N'],
    ['PROXY UNKNOWN', ' \r'],
  ] as const) {
    for (let byte = 0; byte < 256; byte++) {
      const char = String.fromCharCode(byte);
      t.is(next(start, byte).status, goesOn.includes(char) ? 'incomplete' : 'invalid', `${start}${char}`);
    }
  }
  for (let byte = 0; byte < 256; byte++) {
    t.is(next('PROXY UNKNOWN\r', byte).status, byte === 0x0a ? 'header' : 'invalid');
    t.is(next('PROXY UNKNOWN ', byte).status, byte === 0x0a ? 'invalid' : 'incomplete');
  }
});

test('a header keeps its addresses when the next line is read', (t) => {
  const [one, two] = [
    parseV1(Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n')),
    parseV1(Buffer.from('PROXY TCP4 198.51.100.1 198.51.100.2 3 4\r\n')),
  ];
  if (one.status !== 'header' || two.status !== 'header') return t.fail();
  t.deepEqual([...one.header.bytes], [192, 0, 2, 1, 192, 0, 2, 2]);
  return t.deepEqual([...two.header.bytes], [198, 51, 100, 1, 198, 51, 100, 2]);
});
