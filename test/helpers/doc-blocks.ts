import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Pages for users, by their paths from the root. Rules and decisions show no commands. */
export const PAGES: readonly string[] = [
  'README.md',
  ...pagesIn('docs'),
  ...pagesIn('docs/reference'),
  'k8s/README.md',
];

function pagesIn(folder: string): string[] {
  const names = readdirSync(ROOT + folder).filter((name) => name.endsWith('.md'));
  return names.sort().map((name) => `${folder}/${name}`);
}

/** Folders whose pages are not this repository's own. */
const OTHERS = ['node_modules', 'dist', 'coverage', '.git'];

/** Every page of the repository, by its path from the root: those for users, for contributors, and for readers of the source. */
export const ALL_PAGES: readonly string[] = pagesBelow('');

function pagesBelow(folder: string): string[] {
  const entries = readdirSync(ROOT + folder, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = folder + entry.name;
    if (entry.isDirectory()) return OTHERS.includes(entry.name) ? [] : pagesBelow(`${path}/`);
    return path.endsWith('.md') ? [path] : [];
  });
}

export function readPage(page: string): string {
  return readFileSync(ROOT + page, 'utf8');
}

/** A fenced block of a page. */
export interface DocBlock {
  readonly page: string;
  readonly line: number;
  /** What stands behind the fence: `sh`, `yaml`, …; empty if nothing does. */
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page; one that is indented, as in a list, without its indent. */
export function blocksOf(page: string): DocBlock[] {
  const text = readPage(page);
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)].map((match) => {
    const [, indent = '', language = '', inner = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    return { page, line, language, text: inner.replaceAll(new RegExp(`^${indent}`, 'gm'), '') };
  });
}

export const BLOCKS: readonly DocBlock[] = PAGES.flatMap(blocksOf);

/** One command of a block of `sh`. */
export interface DocCommand {
  readonly page: string;
  /** As it is written, on one line and without its comment. */
  readonly text: string;
  /** Its words as the shell takes them apart; of a pipeline those of the last command. */
  readonly words: readonly string[];
  /** What stands before the last `|`, if anything does. */
  readonly input: string | null;
}

/** The commands of a block. One that defines functions is a script and has none of its own. */
export function commandsOf({ page, text }: DocBlock): DocCommand[] {
  if (isScript(text)) return [];
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  return lines
    .flatMap((line) => withoutComment(line).split(' && '))
    .map((line) => line.trim().replaceAll(/ +/g, ' '))
    .filter((line) => line !== '')
    .map((line) => {
      const bar = line.lastIndexOf(' | ');
      const last = bar < 0 ? line : line.slice(bar + 3);
      return { page, text: line, words: shellWords(last), input: bar < 0 ? null : line.slice(0, bar) };
    });
}

/** Whether a block of `sh` defines functions. */
export function isScript(text: string): boolean {
  return /^\w+\(\) \{/m.test(text);
}

function withoutComment(line: string): string {
  return /^((?:'[^']*'|"[^"]*"|[^'"#]|(?<=\S)#)*)/.exec(line)![1]!;
}

/** Splits at spaces that are not in quotes; what follows `>` is no word of the command. */
function shellWords(line: string): string[] {
  const command = line.split(' > ')[0]!;
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replaceAll(/['"]/g, ''));
}
