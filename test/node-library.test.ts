import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { type AcceptOptions, parseAcceptOptions } from '../src/accept/accept-options.ts';
import { describeHeader } from '../src/accept/proxy-header.ts';
import { REASON_NAMES, reasonRow } from '../src/plan/close-reason.ts';
import { formatHeader, parseHeader } from '../src/wire/index.ts';

const root = new URL('../../', import.meta.url);
const page = await readFile(new URL('docs/node-library.md', root), 'utf8');

/** The cells of the first column of the table below a heading. */
function firstColumn(heading: string): string[] {
  const section = page.split(`\n${heading}\n`)[1]!.split('\n#')[0]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
}

test('the page of the library has every option of acceptProxyProtocol, in the order of its own message', (t) => {
  const error = t.throws(() => parseAcceptOptions({ nonsense: 1 } as unknown as AcceptOptions));
  const names = /\(there are ([^)]+)\)/.exec(error!.message)![1]!.split(', ');
  t.true(names.length > 5);
  t.deepEqual(firstColumn('### Options').sort(), names.sort());
});

test('the page of the library has every reason that acceptProxyProtocol refuses for', (t) => {
  const told = firstColumn('### Refusals');
  const expected = REASON_NAMES.filter(
    (name) => name === 'untrusted' || name === 'over_limit' || /^header_/.test(name),
  );
  t.true(expected.every((name) => reasonRow(name).refused));
  t.deepEqual(told.sort(), expected.sort());
});

test('the page of the library has every fact of a header', (t) => {
  const parsed = parseHeader(formatHeader({ version: 1 }));
  if (parsed.status !== 'header') return t.fail();
  const facts = Object.keys(describeHeader(parsed.header, null));
  t.deepEqual(firstColumn('### The facts of a header').sort(), facts.sort());
});

test('the page of the library names each example, and each file that it links is there', (t) => {
  const links = [...page.matchAll(/\]\((\.\.?\/[^)#]+)/g)].map(([, path]) => path!);
  const missing = links.filter((path) => !existsSync(new URL(path, new URL('docs/', root))));
  t.deepEqual(missing, []);
  const programs = readdirSync(new URL('examples/', root)).filter((name) => name.endsWith('.js'));
  const examples = programs.map((name) => `../examples/${name}`);
  t.deepEqual(
    examples.filter((path) => !links.includes(path)),
    [],
  );
});
