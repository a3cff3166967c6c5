import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

// THIRD_PARTY_NOTICES.md names every package that an installed Herald brings along. The versions and licences are those of
// package-lock.json, the copyright lines those of the packages: with HERALD_UPDATE_NOTICES=1 the table is written.

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = join(root, 'THIRD_PARTY_NOTICES.md');
const [BEGIN, END] = ['<!-- table: packages -->\n', '<!-- end -->'];

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  /** Set where npm installs the package on some platforms alone. */
  readonly os?: readonly string[];
}

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: { readonly [folder: string]: LockedPackage };
};
const shipped = Object.entries(lock.packages).filter(([folder, { dev }]) => folder !== '' && !dev);

const nameOf = (folder: string) => folder.split('node_modules/').at(-1)!;
const licenceOf = ({ license = '' }: LockedPackage) => license.replace(/^\((.*)\)$/, '$1');

/** The lines of a package's licence that name a holder, without those of the licence's own terms. */
function copyrightLines(folder: string): string[] {
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) return [];
  const lines = readFileSync(join(root, folder, file), 'utf8').split('\n');
  return lines.map((line) => line.trim()).filter((line) => /^Copyright (?!\[)/.test(line));
}

/** The author, where the package has no file with its licence or the file names nobody. */
function authorOf(folder: string): string {
  type Author = string | { readonly name: string; readonly email: string };
  const { author } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    readonly author: Author;
  };
  return `author: ${typeof author === 'string' ? author : `${author.name} <${author.email}>`}`;
}

/** Addresses in angle brackets would be read as HTML or as links. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '\\<');

function row(name: string, locked: LockedPackage, holders: string): string {
  return `| ${name} | ${locked.version} | ${licenceOf(locked)} | ${cell(holders)} |`;
}

function table(): string {
  const ofEveryPlatform = shipped.filter(([, { os }]) => os === undefined);
  const rows = ofEveryPlatform.map(([folder, locked]) => {
    const lines = copyrightLines(folder);
    return row(nameOf(folder), locked, lines.length > 0 ? lines.join('; ') : authorOf(folder));
  });
  const binaries = shipped.filter(([, { os }]) => os !== undefined);
  for (const [folder, locked] of binaries) rows.push(row(nameOf(folder), locked, 'as koffi'));
  const unique = [...new Set(rows)].sort();
  return ['| package | version | licence | copyright |', '|---|---|---|---|', ...unique, ''].join('\n');
}

test('the notices name every package that ships, with its version, licence and holders', (t) => {
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(BEGIN);
  t.truthy(rest, 'the page has the marker of its table');
  const end = rest!.indexOf(END);
  if (process.env.HERALD_UPDATE_NOTICES === '1') {
    writeFileSync(page, `${before}${BEGIN}${table()}${rest!.slice(end)}`);
  } else t.is(rest!.slice(0, end), table());
});

test('each package that ships has a licence in the lock file, and one that asks for no more than its notice', (t) => {
  const permissive = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'Zlib'];
  t.true(shipped.length > 10);
  for (const [folder, locked] of shipped) {
    const licences = licenceOf(locked).split(' AND ');
    t.true(
      licences.every((licence) => permissive.includes(licence)),
      `${folder}: ${licenceOf(locked)}`,
    );
  }
});

test('packages of one platform are binaries of koffi, whose licence is that of koffi', (t) => {
  const koffi = lock.packages['node_modules/koffi']!;
  const binaries = shipped.filter(([, { os }]) => os !== undefined);
  t.true(binaries.length > 5);
  for (const [folder, locked] of binaries) {
    t.regex(folder, /^node_modules\/@koromix\/koffi-/);
    t.is(locked.version, koffi.version);
    t.is(locked.license, koffi.license);
  }
});

test('the licences of the packages that ship ask for no NOTICE file to be passed on', (t) => {
  const apache = shipped.filter(([, locked]) => licenceOf(locked) === 'Apache-2.0');
  t.true(apache.length > 0);
  const notices = apache.filter(([folder]) => existsSync(join(root, folder, 'NOTICE')));
  t.deepEqual(notices, []);
});
