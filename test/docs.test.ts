import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { COMMANDS } from '../src/cli/commands.ts';
import { flagOf } from '../src/config/option.ts';
import { REASON_NAMES } from '../src/plan/close-reason.ts';
import { ALL_PAGES, BLOCKS, commandsOf, isScript, PAGES, readPage } from './helpers/doc-blocks.ts';
import { NOT_HERE, ruleOf } from './helpers/doc-rules.ts';

// What the pages are made of. That their commands and files work is test/e2e/docs-commands.test.ts and docs-files.test.ts.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readPage('README.md');
const MOST_BYTES = 12 * 1024;

test('the README is short: what it is, the demo, other proxies, install, recipes, help, links, and no reference', (t) => {
  t.true(Buffer.byteLength(README) <= MOST_BYTES, `${Buffer.byteLength(README)} bytes`);
  const headings = [...README.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading!);
  t.deepEqual(headings, [
    'The demo',
    'In Kubernetes: two lines on a Service',
    'Beside other proxies',
    'Install',
    'Five recipes',
    'When somebody cannot get in',
    'Links',
  ]);
  t.false(README.includes('<!-- table'));
});

test('the README begins with the demo, and names the command that tests a fresh clone behind the install', (t) => {
  const [top, rest] = README.split('## Beside other proxies');
  t.true(top!.includes('npm ci && npm start'));
  t.false(top!.includes('npm test'));
  t.true(rest!.split('## Five recipes')[0]!.includes('npm ci && npm test'));
});

/** The name that a heading has in links, as GitHub makes it. */
function anchorOf(heading: string): string {
  const text = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '');
  return text.replaceAll(' ', '-');
}

/** GitHub numbers headings that are alike: the second one is `heading-1`. */
function anchorsOf(page: string): string[] {
  const text = readPage(page).replaceAll(/^```[\s\S]*?^```$/gm, '');
  const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
  return anchors.map((anchor, at) => {
    const before = anchors.slice(0, at).filter((each) => each === anchor).length;
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

test('pages of every kind are among those whose links are followed', (t) => {
  const pages = [
    'README.md',
    'ROADMAP.md',
    'docs/edge.md',
    'docs/decisions/README.md',
    'docs/rules/protocol.md',
  ];
  const others = ['bench/RESULTS.md', 'examples/README.md', 'k8s/README.md', 'src/README.md'];
  for (const page of [...pages, ...others]) t.true(ALL_PAGES.includes(page), page);
});

for (const page of ALL_PAGES) {
  test(`every link of ${page} leads to a file, and to a heading of it`, (t) => {
    const links = [...readPage(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    const inside = links.filter((link) => !/^[a-z]+:/.test(link));
    for (const link of inside) {
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : posix.join(posix.dirname(page), path);
      t.true(existsSync(ROOT + file), link);
      if (anchor !== undefined) t.true(anchorsOf(file).includes(anchor), link);
    }
    t.pass();
  });
}

test('every page of docs/ is in its index', (t) => {
  const index = readPage('docs/README.md');
  const pages = PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
  t.true(pages.length > 10);
  for (const page of pages) t.true(index.includes(`](${page.slice('docs/'.length)})`), page);
});

/** Flags and keys that have other names now. */
const RENAMED =
  /--(plain|header|expect|source|user-timeout)(?![\w-])|\b(userTimeout)\b|^ *(plain|header|expect|source):/gm;

test('no page has the old name of an option', (t) => {
  for (const page of PAGES) t.deepEqual([...readPage(page).matchAll(RENAMED)].map(String), [], page);
});

test('every flag that the text of a page names is one of a command', async (t) => {
  const commands = await Promise.all(COMMANDS.map(({ load }) => load()));
  const flags = commands.flatMap((command) => command.flags.map(({ key }) => flagOf(key)));
  const known = new Set([...flags, '--help', '--help-all', '--version']);
  for (const page of PAGES) {
    const text = readPage(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
    const inCode = [...text.matchAll(/`[^`\n]+`/g)].join(' ');
    const named = [...inCode.matchAll(/(?<![-\w])--[a-z][a-z0-9-]*/g)].map(String);
    t.deepEqual(
      named.filter((flag) => !known.has(flag)),
      [],
      page,
    );
  }
});

test('the reasons that troubleshooting explains are reasons', (t) => {
  const rows = readPage('docs/troubleshooting.md').matchAll(/^\| (`[a-z_]+`[^|]*) \|/gm);
  const named = [...rows].flatMap(([, cell]) => [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  t.true(named.length > 15);
  for (const name of named) t.true((REASON_NAMES as readonly string[]).includes(name), name);
});

/** Each kind of block, and what tries it. `text` is output or a picture. */
const LANGUAGES = ['sh', 'yaml', 'js', 'ts', 'nginx', 'apache', 'ini', 'text'];

test('no fence is left over: each opens or closes a block', (t) => {
  for (const page of PAGES) {
    const fences = readPage(page).match(/^ *```/gm) ?? [];
    t.is(fences.length, BLOCKS.filter((block) => block.page === page).length * 2, page);
  }
});

test('every block says what it is, and a test knows what to do with it', (t) => {
  t.true(BLOCKS.length > 50);
  for (const { page, line, language } of BLOCKS) {
    t.true(LANGUAGES.includes(language), `${page}:${line}: no rule for "${language}"`);
  }
});

test('every command has a rule: it is run, or there is a reason why it cannot be run here', (t) => {
  const commands = BLOCKS.filter(({ language }) => language === 'sh').flatMap(commandsOf);
  t.true(commands.length > 60);
  for (const command of commands) t.not(ruleOf(command), undefined, `${command.page}: ${command.text}`);
  for (const [pattern] of NOT_HERE) {
    t.true(
      commands.some(({ text }) => pattern.test(text)),
      `${pattern} excuses nothing any more`,
    );
  }
});

test('a block that is a script asks a cluster, and no other is excused so', (t) => {
  const scripts = BLOCKS.filter(({ language, text }) => language === 'sh' && isScript(text));
  t.is(scripts.length, 1);
  for (const { text } of scripts) t.true(text.includes('kubectl '));
});
