import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';

// src/README.md leads newcomers to files and functions by name: each has to be there.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readFileSync(`${ROOT}src/README.md`, 'utf8');
const FILES = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'));

const sourceOf = (file: string) => readFileSync(`${ROOT}src/${file}`, 'utf8');
const codeIn = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);

/** True if the source defines the function, or for `Class.method` the class with that method, getter or field. */
function defines(source: string, name: string): boolean {
  const [owner, member] = name.split('.');
  if (member === undefined) return new RegExp(`^export (?:async )?function ${owner}\\b`, 'm').test(source);
  const [, body] = source.split(new RegExp(`^export (?:class|interface) ${owner}\\b`, 'm'));
  return body !== undefined && new RegExp(`^  (?:async |get )?${member}\\??\\(`, 'm').test(body);
}

/** The rows of the table "Where is …", without its head. */
const [TABLE] = PAGE.split('\nWhere is …\n\n')[1]!.split('\n\n');
const ROWS = [...TABLE!.matchAll(/^\| (.+) \| (`.+`) \| (`.+`) \|$/gm)].map(([, what, files, functions]) => ({
  what: what!,
  files: codeIn(files!),
  functions: codeIn(functions!),
}));

test('src/README.md says where a header is judged, an endpoint chosen, and so on, and each function is there', (t) => {
  t.true(ROWS.length > 8);
  for (const { what, files, functions } of ROWS) {
    const sources = files.map(sourceOf);
    for (const name of functions) {
      const isThere = sources.some((source) => defines(source, name));
      t.true(isThere, `${what}: ${name}`);
    }
  }
});

test('each method that src/README.md names with its class is a method of that class', (t) => {
  const named = codeIn(PAGE).filter((code) => /^[A-Z]\w+\.#?\w+$/.test(code));
  t.true(named.length > 15);
  const sources = FILES.map(sourceOf);
  t.deepEqual(
    named.filter((name) => !sources.some((source) => defines(source, name))),
    [],
  );
});

test('each file that src/README.md names is there', (t) => {
  const named = codeIn(PAGE).filter((code) => /^[\w/.-]+\.(?:ts|md)$/.test(code));
  t.true(named.length > 20);
  t.deepEqual(
    named.filter(
      (path) => !existsSync(ROOT + path) && !FILES.some((file) => `/${file}`.endsWith(`/${path}`)),
    ),
    [],
  );
});

test('a function that is not there is found out', (t) => {
  const source = 'export function run(): void {}\nexport class Shop {\n  #sell(): void {}\n}\n';
  t.true(defines(source, 'run') && defines(source, 'Shop.#sell'));
  t.false(defines(source, 'walk') || defines(source, 'Shop.buy') || defines(source, 'Store.#sell'));
});
